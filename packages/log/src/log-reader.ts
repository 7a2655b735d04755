import { ApiError, type MaybePromise } from "@millrace/runtime";
import { abortedTransactions } from "./aborted-transactions.ts";
import { HeldPieces } from "./cache/held-pieces.ts";
import type { Cut, PartitionTail, TailRead } from "./cache/partition-tail.ts";
import type { ReadBuffers } from "./cache/read-buffers.ts";
import { ColdRead } from "./cold-read.ts";
import { HeldRead } from "./held-read.ts";
import type { LogHealth } from "./log-health.ts";
import type { AbortedTransaction, ReadOptions, ReadResult, TimestampedOffset } from "./partition-log.ts";
import type { SegmentList } from "./segments/segment-list.ts";
import { findMaxTimestamp, findTimestamp } from "./timestamp-lookup.ts";
import type { Watermarks } from "./watermarks.ts";

export interface LogReaderOptions {
  readonly segments: SegmentList;
  readonly watermarks: Watermarks;
  readonly tail: PartitionTail;
  readonly readBuffers: ReadBuffers;
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
    if (fromOffset >= limitOffset) {
      return new HeldRead(new HeldPieces(), watermarks, isolated ? [] : undefined);
    }
    const request = { fromOffset, limitOffset, maxBytes, atLeastOneBatch };
    const cut = tail.read(request);
    if (cut === undefined) return this.#readCold(request, options);
    if (!isolated) return new HeldRead(cut.pieces, watermarks, undefined);
    const aborted = abortedTransactions(segments, fromOffset, cut.endOffset);
    if (aborted instanceof Promise) return this.#finishLater(request, options, cut, aborted);
    return new HeldRead(cut.pieces, watermarks, aborted);
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

  /** Segments are out of the list from now on, or cut. */
  forget(): void {
    this.#generation++;
  }

  /** Nothing that was read stays in memory. */
  forgetAll(): void {
    this.forget();
    this.#options.tail.clear();
  }

  #readCold(request: TailRead, options: ReadOptions): MaybePromise<ReadResult> {
    const { health, readBuffers, segments, watermarks } = this.#options;
    let cut: MaybePromise<Cut>;
    try {
      cut = new ColdRead(request, segments, readBuffers).run();
    } catch (error) {
      return Promise.reject(health.fail(error));
    }
    if (cut instanceof Promise || options.upTo === "lastStable") {
      return this.#finishLater(request, options, cut);
    }
    return new HeldRead(cut.pieces, watermarks, undefined);
  }

  /** Begun in the turn of the read, so that what changes from then on is noticed. */
  async #finishLater(
    request: TailRead,
    options: ReadOptions,
    reading: MaybePromise<Cut>,
    looking?: Promise<readonly AbortedTransaction[]>,
  ): Promise<ReadResult> {
    const { health, segments, watermarks } = this.#options;
    const generation = this.#generation;
    let cut: Cut | undefined;
    try {
      cut = await reading;
      const aborted =
        options.upTo === "lastStable"
          ? await (looking ?? abortedTransactions(segments, request.fromOffset, cut.endOffset))
          : undefined;
      if (generation === this.#generation) return new HeldRead(cut.pieces, watermarks, aborted);
    } catch (error) {
      if (generation === this.#generation) {
        cut?.pieces.release();
        throw health.fail(error);
      }
    }
    cut?.pieces.release();
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
}

async function loadSizes(segments: SegmentList): Promise<number> {
  let bytes = 0;
  for (const segment of [...segments.all]) bytes += await segment.loadSize();
  return bytes;
}
