import {
  BatchCursor,
  baseOffset,
  lastOffset,
  lastOffsetDelta,
  maxTimestamp,
  NO_TIMESTAMP,
  partitionLeaderEpoch,
  setLogAppendTime,
  stampBatch,
} from "@millrace/kafka-protocol";
import { ApiError, assert, type Clock, type PooledBuffer } from "@millrace/runtime";
import type { PartitionTail } from "./cache/partition-tail.ts";
import type { StoredBatches } from "./cache/slab.ts";
import type { TailCache } from "./cache/tail-cache.ts";
import { checkAppend } from "./check-append.ts";
import type { LogConfig } from "./log-config.ts";
import type { LogFiles } from "./log-files.ts";
import type { LogHealth } from "./log-health.ts";
import type { LogMaintenance } from "./log-maintenance.ts";
import type { LogWriter } from "./log-writer.ts";
import type { AppendOptions, AppendResult } from "./partition-log.ts";
import type { ProducerState } from "./producer-state/producer-state.ts";
import type { Segment } from "./segments/segment.ts";
import type { Offset } from "./units.ts";
import type { Watermarks } from "./watermarks.ts";

export interface LogAppenderOptions {
  readonly files: LogFiles;
  readonly producers: ProducerState;
  readonly writer: LogWriter;
  readonly watermarks: Watermarks;
  readonly tail: PartitionTail;
  readonly tailCache: TailCache;
  readonly maintenance: LogMaintenance;
  readonly health: LogHealth;
  /** Domain time: what `LogAppendTime` stamps. */
  readonly clock: Clock;
  readonly config: () => LogConfig;
}

/** Offsets of this log as its interface has them: checked where they are made. */
const asOffset = (value: number): Offset => value as Offset;

/** Appends to one log: refuses, or gives offsets, places and leader epochs and hands the bytes to the writer. */
export class LogAppender {
  readonly #options: LogAppenderOptions;
  #leaderEpoch: number;

  constructor(options: LogAppenderOptions) {
    this.#options = options;
    this.#leaderEpoch = options.files.epochs.latestEpoch;
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  append(batches: Buffer, options: AppendOptions): AppendResult {
    const { config, clock, health, maintenance, producers, tail, tailCache, watermarks } = this.#options;
    health.check();
    assert(!maintenance.isTruncating, "append while truncating");
    this.#checkLeaderEpoch(options.expectedLeaderEpoch);
    const { nextOffset } = watermarks;
    if (options.expectedBaseOffset !== undefined && options.expectedBaseOffset !== nextOffset) {
      throw new ApiError("OFFSET_OUT_OF_RANGE", {
        detail: `expected to append at ${options.expectedBaseOffset}, the log goes on at ${nextOffset}`,
      });
    }
    const { origin } = options;
    const duplicate = checkAppend(batches, {
      origin,
      nextOffset,
      producers,
      gapsAllowed: config().cleanupPolicy.compact,
    });
    if (duplicate !== undefined) {
      return this.#result(
        duplicate.lastOffset - duplicate.offsetDelta,
        duplicate.lastOffset,
        NO_TIMESTAMP,
        true,
      );
    }
    const stamps = origin !== "replication";
    const byLogTime = stamps && config().messageTimestampType === "logAppend";
    const logAppendTimeMs = byLogTime ? clock.nowMs() : NO_TIMESTAMP;
    const stored = tailCache.store(batches);
    this.#place(stored, stamps, logAppendTimeMs);
    const base = stamps ? nextOffset : baseOffset(batches, 0);
    tail.add(stored, base, watermarks.nextOffset);
    watermarks.checkInvariants();
    return this.#result(base, watermarks.nextOffset - 1, logAppendTimeMs, false);
  }

  setLeaderEpoch(epoch: number): void {
    const { health, watermarks } = this.#options;
    health.check();
    if (epoch < this.#leaderEpoch) throw new ApiError("FENCED_LEADER_EPOCH");
    this.#leaderEpoch = epoch;
    this.#assignEpoch(epoch, watermarks.nextOffset);
  }

  /** Gives offsets and places in segments to batches that passed every check. */
  #place({ slab, start, end }: StoredBatches, stamps: boolean, logAppendTimeMs: number): void {
    const { files, maintenance, producers, watermarks } = this.#options;
    const config = this.#options.config();
    const { memory } = slab;
    const batches = memory.bytes;
    let segment = files.segments.active;
    let runStart = start;
    let position = segment.sizeBytes;
    const cursor = new BatchCursor(batches, start, end);
    while (cursor.next()) {
      const { at, size } = cursor;
      if (stamps) {
        stampBatch(batches, at, watermarks.nextOffset, this.#leaderEpoch);
        if (logAppendTimeMs !== NO_TIMESTAMP) setLogAppendTime(batches, at, logAppendTimeMs);
      } else {
        this.#assignEpoch(partitionLeaderEpoch(batches, at), baseOffset(batches, at));
      }
      const last = lastOffset(batches, at);
      const batch = { size, lastOffset: last, maxTimestampMs: maxTimestamp(batches, at) };
      if (segment.isFullFor(batch, config)) {
        if (at > runStart) this.#enqueue(segment, position, memory, runStart, at);
        segment = maintenance.roll(last - lastOffsetDelta(batches, at));
        runStart = at;
        position = 0;
      }
      segment.place(batches, at, size, config.indexIntervalBytes);
      producers.replay(batches, at, last - lastOffsetDelta(batches, at), (transaction, lastStableOffset) =>
        segment.indexes.transactions.append({ ...transaction, lastStableOffset }),
      );
      watermarks.nextOffset = last + 1;
    }
    this.#enqueue(segment, position, memory, runStart, end);
    maintenance.armFlushTimer();
  }

  #enqueue(segment: Segment, position: number, memory: PooledBuffer, start: number, end: number): void {
    const { watermarks, writer } = this.#options;
    writer.enqueue(segment, position, memory, { start, end }, watermarks.nextOffset);
  }

  #assignEpoch(epoch: number, startOffset: number): void {
    this.#leaderEpoch = Math.max(this.#leaderEpoch, epoch);
    if (epoch <= this.#options.files.epochs.latestEpoch) return;
    this.#options.files.epochs.assign(epoch, startOffset);
    this.#options.maintenance.saveEpochsInBackground();
  }

  #checkLeaderEpoch(expected: number): void {
    if (expected === this.#leaderEpoch) return;
    throw new ApiError(expected < this.#leaderEpoch ? "FENCED_LEADER_EPOCH" : "NOT_LEADER_OR_FOLLOWER");
  }

  #result(base: number, last: number, logAppendTimeMs: number, duplicate: boolean): AppendResult {
    return {
      baseOffset: asOffset(base),
      lastOffset: asOffset(last),
      logAppendTimeMs,
      logStartOffset: asOffset(this.#options.watermarks.logStartOffset),
      duplicate,
    };
  }
}
