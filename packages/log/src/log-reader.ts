import { ApiError, type MaybePromise } from "@millrace/runtime";
import { abortedTransactions } from "./aborted-transactions.ts";
import type { PartitionTail, TailRead } from "./cache/partition-tail.ts";
import type { ReadAhead } from "./cache/read-ahead.ts";
import { ColdRead } from "./cold-read.ts";
import type { LogHealth } from "./log-health.ts";
import type { ReadOptions, ReadResult, TimestampedOffset } from "./partition-log.ts";
import type { Segment } from "./segments/segment.ts";
import type { SegmentList } from "./segments/segment-list.ts";
import { findMaxTimestamp, findTimestamp } from "./timestamp-lookup.ts";
import type { Offset } from "./units.ts";
import type { Watermarks } from "./watermarks.ts";

export interface LogReaderOptions {
  readonly segments: SegmentList;
  readonly watermarks: Watermarks;
  readonly tail: PartitionTail;
  readonly readAhead: ReadAhead;
  readonly health: LogHealth;
}

/** Reads of one log, from the tail cache or from segments that may go while they are read. */
export class LogReader {
  readonly #options: LogReaderOptions;
  /** Changes whenever segments go: what was read meanwhile is looked at again. */
  #generation = 0;

  constructor(options: LogReaderOptions) {
    this.#options = options;
  }

  read(fromOffset: number, options: ReadOptions): MaybePromise<ReadResult> {
    const { health, segments, tail, watermarks } = this.#options;
    health.check();
    const { logStartOffset, logEndOffset } = watermarks;
    if (fromOffset < logStartOffset || fromOffset > logEndOffset) {
      throw new ApiError("OFFSET_OUT_OF_RANGE", {
        detail: `offset ${fromOffset} is outside of ${logStartOffset} to ${logEndOffset}`,
      });
    }
    const { maxBytes, atLeastOneBatch, upTo } = options;
    const isolated = upTo === "lastStable";
    const limitOffset = watermarks.limit(upTo);
    if (fromOffset >= limitOffset) return this.#result([], 0, isolated ? [] : undefined);
    const request = { fromOffset, limitOffset, maxBytes, atLeastOneBatch };
    const cut = tail.read(request);
    if (cut === undefined) return this.#readCold(request, options);
    if (!isolated) return this.#result(cut.buffers, cut.sizeInBytes, undefined);
    const aborted = abortedTransactions(segments, fromOffset, cut.endOffset);
    if (aborted instanceof Promise) return this.#readCold(request, options);
    return this.#result(cut.buffers, cut.sizeInBytes, aborted);
  }

  offsetForTimestamp(timestampMs: number): Promise<TimestampedOffset | undefined> {
    const { segments, watermarks } = this.#options;
    return this.#look(() => findTimestamp(segments, timestampMs, watermarks.logStartOffset));
  }

  maxTimestampOffset(): Promise<TimestampedOffset | undefined> {
    const { segments, watermarks } = this.#options;
    return this.#look(() => findMaxTimestamp(segments, watermarks.logStartOffset));
  }

  sizeInBytes(): MaybePromise<number> {
    const { health, segments } = this.#options;
    health.check();
    let bytes = 0;
    for (const segment of segments.all) {
      if (segment.sizeBytes < 0) return this.#look(() => loadSizes(segments));
      bytes += segment.sizeBytes;
    }
    return bytes;
  }

  /** These are out of the list from now on, or cut. */
  forget(segments: readonly Segment[]): void {
    this.#generation++;
    for (const segment of segments) this.#options.readAhead.forget(segment);
  }

  /** Nothing that was read stays in memory. */
  forgetAll(): void {
    this.forget(this.#options.segments.all);
    this.#options.tail.clear();
  }

  async #readCold(request: TailRead, options: ReadOptions): Promise<ReadResult> {
    const { health, readAhead, segments } = this.#options;
    const generation = this.#generation;
    try {
      const cut = await new ColdRead(request, readAhead).run(segments);
      const aborted =
        options.upTo === "lastStable"
          ? await abortedTransactions(segments, request.fromOffset, cut.endOffset)
          : undefined;
      if (generation === this.#generation) return this.#result(cut.buffers, cut.sizeInBytes, aborted);
    } catch (error) {
      if (generation === this.#generation) throw health.fail(error);
    }
    return this.read(request.fromOffset, options);
  }

  async #look<T>(look: () => Promise<T>): Promise<T> {
    const { health } = this.#options;
    for (;;) {
      health.check();
      const generation = this.#generation;
      try {
        const result = await look();
        if (generation === this.#generation) return result;
      } catch (error) {
        if (generation === this.#generation) throw health.fail(error);
      }
    }
  }

  #result(
    batches: readonly Buffer[],
    sizeInBytes: number,
    aborted: ReadResult["abortedTransactions"],
  ): ReadResult {
    const { logStartOffset, highWatermark, lastStableOffset } = this.#options.watermarks;
    return {
      batches,
      sizeInBytes,
      logStartOffset: logStartOffset as Offset,
      highWatermark: highWatermark as Offset,
      lastStableOffset: lastStableOffset as Offset,
      abortedTransactions: aborted,
    };
  }
}

async function loadSizes(segments: SegmentList): Promise<number> {
  let bytes = 0;
  for (const segment of [...segments.all]) bytes += await segment.loadSize();
  return bytes;
}
