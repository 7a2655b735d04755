import { DELETED_DIRECTORY_SUFFIX } from "./segments/file-names.ts";
import { type TopicPartition, topicPartitionName } from "./topic-partition.ts";

/** Of most file systems. */
const NAME_BYTES_MAX = 255;

/** The partition that a directory belongs to; undefined when its name is not of that kind. */
export function partitionOfDirectory(name: string): TopicPartition | undefined {
  const match = /^(.+)-(\d{1,10})$/.exec(name);
  return match === null ? undefined : { topic: match[1]!, partition: Number(match[2]) };
}

export function isDeletedDirectory(name: string): boolean {
  return name.endsWith(DELETED_DIRECTORY_SUFFIX);
}

/** `topic-partition.<unique>-delete`, with as much of the topic's name as fits. */
export function deletedDirectoryName(topicPartition: TopicPartition, unique: string): string {
  const suffix = `.${unique}${DELETED_DIRECTORY_SUFFIX}`;
  return topicPartitionName(topicPartition).slice(0, NAME_BYTES_MAX - suffix.length) + suffix;
}
