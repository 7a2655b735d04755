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

/**
 * What a start finds in the data directory that the metadata does not ask for. The metadata may be younger than the
 * logs, or another cluster's; then they are all that is left of what was acknowledged. Whether a topic was removed while
 * this broker was away does not show: a start gets the metadata as it is, not how it came about.
 */
export function strayLogs(logs: PartitionLogs, image: MetadataImage, brokerId: number): TopicPartition[] {
  return Array.from(logs.all())
    .filter((log) => !isWanted(log, image, brokerId))
    .map(({ topicPartition }) => topicPartition);
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
