import type { Disk } from "@millrace/runtime";
import type { TopicPartition } from "../topic-partition.ts";
import { topicPartitionName } from "../topic-partition.ts";
import { checkpointNumber, formatCheckpoint, parseCheckpoint } from "./checkpoint-text.ts";

export const RECOVERY_POINT_CHECKPOINT = "recovery-point-offset-checkpoint";
export const LOG_START_OFFSET_CHECKPOINT = "log-start-offset-checkpoint";
/** High watermarks. */
export const REPLICATION_OFFSET_CHECKPOINT = "replication-offset-checkpoint";

/** How far each log is compacted. */
export const CLEANER_OFFSET_CHECKPOINT = "cleaner-offset-checkpoint";

/** Offsets by partition name. */
export type OffsetCheckpoint = ReadonlyMap<string, number>;

/**
 * An unreadable checkpoint counts as empty: without recovery points whole logs are scanned, without start offsets more
 * is readable than need be, without high watermarks replicas find them out again.
 */
export async function readOffsetCheckpoint(disk: Disk, path: string): Promise<OffsetCheckpoint> {
  const content = await disk.readFile(path);
  const offsets = new Map<string, number>();
  for (const [topic, partition, text] of (content && parseCheckpoint(content)) ?? []) {
    const offset = checkpointNumber(text);
    if (offset !== undefined && offset >= 0) offsets.set(`${topic}-${partition}`, offset);
  }
  return offsets;
}

export interface CheckpointEntry extends TopicPartition {
  readonly offset: number;
}

export function formatOffsetCheckpoint(entries: readonly CheckpointEntry[]): Buffer {
  return formatCheckpoint(entries.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`));
}

export function offsetOf(checkpoint: OffsetCheckpoint, topicPartition: TopicPartition): number | undefined {
  return checkpoint.get(topicPartitionName(topicPartition));
}
