import { type MetadataImage, uuidFromBytes } from "@millrace/controller";
import {
  type PartitionLog,
  type PartitionLogs,
  type TopicPartition,
  topicPartitionName,
} from "@millrace/log";
import type { Disk, Logger, Random } from "@millrace/runtime";

/** Of most file systems. */
const NAME_BYTES_MAX = 255;
const SUFFIX = "-stray";

/** What a start finds in the data directory that the metadata does not ask for. */
export interface UnwantedLogs {
  /** Of topics that the metadata log says were removed. */
  readonly removed: readonly TopicPartition[];
  /**
   * Of topics or partitions that the metadata does not know. It may be younger than the logs, or another cluster's, so
   * they are all that is left of what was acknowledged.
   */
  readonly strays: readonly TopicPartition[];
}

/** `removedTopics`: ids of topics whose removal is in the metadata log. */
export function unwantedLogs(
  logs: PartitionLogs,
  image: MetadataImage,
  brokerId: number,
  removedTopics: ReadonlySet<string>,
): UnwantedLogs {
  const removed: TopicPartition[] = [];
  const strays: TopicPartition[] = [];
  for (const log of logs.all()) {
    if (isWanted(log, image, brokerId)) continue;
    (removedTopics.has(uuidFromBytes(log.topicId)) ? removed : strays).push(log.topicPartition);
  }
  return { removed, strays };
}

function isWanted(log: PartitionLog, image: MetadataImage, brokerId: number): boolean {
  const { topic: name, partition } = log.topicPartition;
  const topic = image.topic(name);
  if (topic === undefined || topic.id !== uuidFromBytes(log.topicId)) return false;
  return partition < topic.partitions.count && topic.partitions.hasReplica(partition, brokerId);
}

/**
 * Renames directories of logs that are not open, as Kafka does (`topic-partition.<unique>-stray`): nobody serves or
 * deletes them from then on, and whoever runs the broker can look at them. Rejects with a `DiskError`.
 */
export async function setAside(
  disk: Disk,
  path: string,
  strays: readonly TopicPartition[],
  { random, logger }: { readonly random: Random; readonly logger: Logger },
): Promise<void> {
  const below = (name: string) => (path === "" ? name : `${path}/${name}`);
  for (const stray of strays) {
    const name = topicPartitionName(stray);
    const unique = Buffer.alloc(16);
    random.fill(unique);
    const suffix = `.${unique.toString("hex")}${SUFFIX}`;
    const aside = name.slice(0, NAME_BYTES_MAX - suffix.length) + suffix;
    await disk.rename(below(name), below(aside));
    logger.warn({ log: name, directory: aside }, "a log that the metadata does not know was set aside");
  }
  await disk.syncDirectory(path);
}
