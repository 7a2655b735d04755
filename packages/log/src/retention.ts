import type { LogConfig } from "./log-config.ts";
import type { Segment } from "./segments/segment.ts";
import type { SegmentList } from "./segments/segment-list.ts";

export interface RetentionInput {
  readonly segments: SegmentList;
  readonly config: LogConfig;
  readonly nowMs: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  /** One above the last record. */
  readonly nextOffset: number;
}

/**
 * How many segments, from the first, nobody needs any more. The last one may be among them: it ends before it goes. Only
 * what lies below the high watermark goes, since the rest is not committed.
 */
export async function countExpired(input: RetentionInput): Promise<number> {
  const { config, segments } = input;
  const keeps: ((segment: Segment, endOffset: number) => Promise<boolean>)[] = [
    async (_, endOffset) => endOffset > input.logStartOffset,
  ];
  if (config.cleanupPolicy.delete && config.retentionMs >= 0) {
    keeps.push(async (segment) => !(await isOlderThan(segment, input.nowMs - config.retentionMs)));
  }
  if (config.cleanupPolicy.delete && config.retentionBytes >= 0) {
    let surplus = -config.retentionBytes;
    for (const segment of segments.all) surplus += await segment.loadSize();
    keeps.push(async (segment) => {
      surplus -= segment.sizeBytes;
      return surplus < 0;
    });
  }
  let count = 0;
  for (const keep of keeps) count = Math.max(count, await countWhile(input, keep));
  return count;
}

async function countWhile(
  { segments, highWatermark, nextOffset }: RetentionInput,
  keeps: (segment: Segment, endOffset: number) => Promise<boolean>,
): Promise<number> {
  const all = [...segments.all];
  for (const [index, segment] of all.entries()) {
    const endOffset = all[index + 1]?.baseOffset ?? nextOffset;
    if (endOffset > highWatermark || endOffset === segment.baseOffset) return index;
    if (await keeps(segment, endOffset)) return index;
  }
  return all.length;
}

/** Segments without any timestamp stay: nothing says how old they are. */
async function isOlderThan(segment: Segment, limitMs: number): Promise<boolean> {
  segment.retain();
  try {
    await segment.open();
    const { maxTimestampMs } = segment.indexes;
    return maxTimestampMs >= 0 && maxTimestampMs < limitMs;
  } finally {
    segment.release();
  }
}
