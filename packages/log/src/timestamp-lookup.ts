import {
  baseOffset,
  decodeRecords,
  lastOffset,
  maxTimestamp,
  ProtocolError,
  partitionLeaderEpoch,
} from "@millrace/kafka-protocol";
import type { TimestampedOffset } from "./partition-log.ts";
import { scanBatches } from "./segments/batch-scan.ts";
import type { Segment } from "./segments/segment.ts";
import type { SegmentList } from "./segments/segment-list.ts";
import { leaderEpoch, offset } from "./units.ts";

/** The first record at or above `timestampMs` that is not below `startOffset` (ListOffsets, KIP-79). */
export async function findTimestamp(
  segments: SegmentList,
  timestampMs: number,
  startOffset: number,
): Promise<TimestampedOffset | undefined> {
  for (const segment of segments.all.slice(segments.indexOf(startOffset))) {
    const found = await opened(segment, () => findInSegment(segment, timestampMs, startOffset));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first record with the largest timestamp (KIP-734). */
export async function findMaxTimestamp(
  segments: SegmentList,
  startOffset: number,
): Promise<TimestampedOffset | undefined> {
  let best: Segment | undefined;
  let bestMs = -1;
  for (const segment of segments.all.slice(segments.indexOf(startOffset))) {
    const maxMs = await opened(segment, async () => segment.indexes.maxTimestampMs);
    if (maxMs === undefined || maxMs <= bestMs) continue;
    best = segment;
    bestMs = maxMs;
  }
  if (best === undefined) return undefined;
  const segment = best;
  return opened(segment, () => findInSegment(segment, bestMs, startOffset));
}

/** Undefined for a segment of which nothing is written. */
async function opened<T>(segment: Segment, look: () => Promise<T>): Promise<T | undefined> {
  segment.retain();
  try {
    await segment.open();
    return segment.writtenBytes === 0 ? undefined : await look();
  } finally {
    segment.release();
  }
}

async function findInSegment(
  segment: Segment,
  timestampMs: number,
  startOffset: number,
): Promise<TimestampedOffset | undefined> {
  const { indexes } = segment;
  if (indexes.maxTimestampMs < timestampMs) return undefined;
  const from = Math.max(indexes.times.offsetBefore(timestampMs), startOffset);
  let found: TimestampedOffset | undefined;
  await scanBatches(
    {
      file: segment.file,
      position: indexes.offsets.positionBefore(from),
      end: segment.writtenBytes,
      minOffset: segment.baseOffset,
      verifyCrcFrom: Number.POSITIVE_INFINITY,
    },
    (buffer, at) => {
      if (maxTimestamp(buffer, at) < timestampMs || lastOffset(buffer, at) < startOffset) return true;
      found = findInBatch(buffer, at, timestampMs, startOffset);
      return found === undefined;
    },
  );
  return found;
}

function findInBatch(
  buffer: Buffer,
  at: number,
  timestampMs: number,
  startOffset: number,
): TimestampedOffset | undefined {
  const epoch = leaderEpoch(partitionLeaderEpoch(buffer, at));
  try {
    const record = decodeRecords(buffer, at).find(
      (candidate) => candidate.timestamp >= timestampMs && candidate.offset >= startOffset,
    );
    return (
      record && {
        offset: offset(Number(record.offset)),
        timestampMs: Number(record.timestamp),
        leaderEpoch: epoch,
      }
    );
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    // Bodies come from clients and were never unpacked here: a bad one is theirs, and counts as one record.
    const first = Math.max(baseOffset(buffer, at), startOffset);
    return { offset: offset(first), timestampMs: maxTimestamp(buffer, at), leaderEpoch: epoch };
  }
}
