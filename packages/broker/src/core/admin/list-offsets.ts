import { type LeaderEpoch, NO_LEADER_EPOCH } from "@millrace/log";
import { ApiError } from "@millrace/runtime";
import type { Partition } from "../partition.ts";

/** Kafka's timestamps that are not times (ListOffsetsRequest), and the version that brought them. */
export const specialTimestamps = {
  latest: -1,
  earliest: -2,
  maxTimestamp: -3,
  earliestLocal: -4,
  latestTiered: -5,
  earliestPendingUpload: -6,
} as const;

/** What readers may see: consumers up to a watermark, replicas everything. */
export type OffsetsLimit = "highWatermark" | "lastStable" | "logEnd";

export interface ListedOffset {
  /** -1: none. */
  readonly offset: number;
  /** -1: of no record. */
  readonly timestampMs: number;
  readonly leaderEpoch: LeaderEpoch;
}

const none: ListedOffset = { offset: -1, timestampMs: -1, leaderEpoch: NO_LEADER_EPOCH };

/**
 * The offset that belongs to a timestamp in a partition that this broker leads: of the first record that is not older,
 * or what a special timestamp stands for. Rejects with `UNSUPPORTED_VERSION` for other negative ones.
 */
export async function listOffset(
  { log, leaderEpoch }: Partition,
  timestampMs: number,
  upTo: OffsetsLimit,
): Promise<ListedOffset> {
  const limit = () =>
    upTo === "highWatermark"
      ? log.highWatermark
      : upTo === "lastStable"
        ? log.lastStableOffset
        : log.logEndOffset;
  switch (timestampMs) {
    case specialTimestamps.latest:
      return { offset: limit(), timestampMs: -1, leaderEpoch };
    case specialTimestamps.earliest:
    case specialTimestamps.earliestLocal: {
      const offset = log.logStartOffset;
      return { offset, timestampMs: -1, leaderEpoch: log.leaderEpochAt(offset) };
    }
    // Nothing is tiered, so nothing waits for it either.
    case specialTimestamps.latestTiered:
    case specialTimestamps.earliestPendingUpload:
      return none;
  }
  if (timestampMs < 0 && timestampMs !== specialTimestamps.maxTimestamp) {
    throw new ApiError("UNSUPPORTED_VERSION");
  }
  const found =
    timestampMs === specialTimestamps.maxTimestamp
      ? await log.maxTimestampOffset()
      : await log.offsetForTimestamp(timestampMs);
  return found === undefined || found.offset >= limit() ? none : found;
}
