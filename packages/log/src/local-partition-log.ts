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
import { ApiError, assert, type MaybePromise, type PooledBuffer, type Runtime } from "@millrace/runtime";
import { PartitionTail } from "./cache/partition-tail.ts";
import type { ReadBuffers } from "./cache/read-buffers.ts";
import type { StoredBatches, TailCache } from "./cache/tail-cache.ts";
import { checkAppend } from "./check-append.ts";
import type { LogConfig } from "./log-config.ts";
import type { LogFiles } from "./log-files.ts";
import { LogHealth } from "./log-health.ts";
import { LogListeners } from "./log-listeners.ts";
import { LogMaintenance } from "./log-maintenance.ts";
import { LogReader } from "./log-reader.ts";
import { LogWriter } from "./log-writer.ts";
import type { OpenedLogFiles } from "./open-log-files.ts";
import type {
  ActiveProducer,
  AppendOptions,
  AppendResult,
  EpochEndOffset,
  LogListener,
  PartitionLog,
  ReadOptions,
  ReadResult,
  RetentionResult,
  TimestampedOffset,
} from "./partition-log.ts";
import type { ProducerState } from "./producer-state/producer-state.ts";
import type { Segment } from "./segments/segment.ts";
import { type TopicPartition, topicPartitionName } from "./topic-partition.ts";
import { type LeaderEpoch, type Offset, offset } from "./units.ts";
import { Watermarks } from "./watermarks.ts";

export interface LocalPartitionLogOptions {
  readonly topicPartition: TopicPartition;
  readonly topicId: Uint8Array;
  readonly config: LogConfig;
  readonly runtime: Pick<Runtime, "clocks" | "executor" | "logger" | "fail">;
  readonly opened: OpenedLogFiles;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly tailCache: TailCache;
  readonly readBuffers: ReadBuffers;
  readonly producerIdExpirationMs: number;
  /** Recovery points and start offsets of all logs are on disk when it resolves. */
  readonly checkpoint: () => Promise<void>;
}

/** Offsets of this log as its interface has them: checked where they are made. */
const asOffset = (value: number): Offset => value as Offset;

/** A log in local segments, in Kafka's files. */
export class LocalPartitionLog implements PartitionLog {
  readonly topicPartition: TopicPartition;
  readonly topicId: Uint8Array;
  readonly #runtime: Pick<Runtime, "clocks" | "executor" | "logger" | "fail">;
  readonly #options: LocalPartitionLogOptions;
  readonly #files: LogFiles;
  readonly #producers: ProducerState;
  readonly #writer: LogWriter;
  readonly #watermarks: Watermarks;
  readonly #tail: PartitionTail;
  readonly #reader: LogReader;
  readonly #health: LogHealth;
  readonly #listeners = new LogListeners(this);
  readonly #maintenance: LogMaintenance;
  #config: LogConfig;
  #leaderEpoch: number;

  constructor(options: LocalPartitionLogOptions) {
    const { files, producers, nextOffset } = options.opened;
    this.topicPartition = options.topicPartition;
    this.topicId = options.topicId;
    this.#options = options;
    this.#runtime = options.runtime;
    this.#config = options.config;
    this.#files = files;
    this.#producers = producers;
    this.#leaderEpoch = files.epochs.latestEpoch;
    this.#tail = new PartitionTail(options.tailCache);
    this.#watermarks = new Watermarks({
      logStartOffset: Math.max(options.logStartOffset, files.segments.first.baseOffset),
      highWatermark: options.highWatermark,
      nextOffset,
    });
    this.#producers.committedUpTo(this.#watermarks.highWatermark);
    this.#watermarks.settle(this.#producers.firstUnstableOffset);
    this.#writer = new LogWriter({
      disk: files.place.disk,
      place: files.place,
      executor: options.runtime.executor,
      startOffset: nextOffset,
      flushMessages: () => this.#config.flushMessages,
      written: (endOffset) => this.#written(endOffset),
      failed: (error) => {
        this.#health.fail(error);
      },
    });
    this.#health = new LogHealth({
      name: topicPartitionName(options.topicPartition),
      runtime: options.runtime,
      failed: (failure) => {
        this.#writer.stop(failure);
        this.#tail.clear();
        this.#listeners.failed(failure);
      },
    });
    this.#reader = new LogReader({
      segments: files.segments,
      watermarks: this.#watermarks,
      tail: this.#tail,
      readBuffers: options.readBuffers,
      health: this.#health,
    });
    this.#maintenance = new LogMaintenance({
      files,
      producers,
      writer: this.#writer,
      reader: this.#reader,
      watermarks: this.#watermarks,
      health: this.#health,
      runtime: options.runtime,
      config: () => this.#config,
      checkpoint: options.checkpoint,
    });
  }

  get logStartOffset(): Offset {
    return asOffset(this.#watermarks.logStartOffset);
  }
  get highWatermark(): Offset {
    return asOffset(this.#watermarks.highWatermark);
  }
  get lastStableOffset(): Offset {
    return asOffset(this.#watermarks.lastStableOffset);
  }
  get logEndOffset(): Offset {
    return asOffset(this.#watermarks.logEndOffset);
  }
  get nextOffset(): Offset {
    return asOffset(this.#watermarks.nextOffset);
  }
  get latestEpoch(): LeaderEpoch {
    return this.#leaderEpoch as LeaderEpoch;
  }
  get failure(): ApiError | undefined {
    return this.#health.failure;
  }
  get unwrittenBytes(): number {
    return this.#writer.unwrittenBytes;
  }
  /** Where recovery would begin: for the directory's checkpoint. */
  get recoveryPoint(): number {
    return this.#files.recoveryPoint;
  }

  append(batches: Buffer, options: AppendOptions): AppendResult {
    this.#health.check();
    assert(!this.#maintenance.isTruncating, "append while truncating");
    this.#checkLeaderEpoch(options.expectedLeaderEpoch);
    const { nextOffset } = this.#watermarks;
    if (options.expectedBaseOffset !== undefined && options.expectedBaseOffset !== nextOffset) {
      throw new ApiError("OFFSET_OUT_OF_RANGE", {
        detail: `expected to append at ${options.expectedBaseOffset}, the log goes on at ${nextOffset}`,
      });
    }
    const { origin } = options;
    const duplicate = checkAppend(batches, {
      origin,
      nextOffset,
      producers: this.#producers,
      gapsAllowed: this.#config.cleanupPolicy.compact,
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
    const byLogTime = stamps && this.#config.messageTimestampType === "logAppend";
    const logAppendTimeMs = byLogTime ? this.#runtime.clocks.domain.nowMs() : NO_TIMESTAMP;
    const stored = this.#options.tailCache.store(batches);
    this.#place(stored, stamps, logAppendTimeMs);
    const base = stamps ? nextOffset : baseOffset(batches, 0);
    this.#tail.add(stored, base, this.#watermarks.nextOffset);
    this.#watermarks.checkInvariants();
    return this.#result(base, this.#watermarks.nextOffset - 1, logAppendTimeMs, false);
  }

  read(fromOffset: Offset, options: ReadOptions): MaybePromise<ReadResult> {
    return this.#reader.read(fromOffset, options);
  }

  offsetForTimestamp(timestampMs: number): Promise<TimestampedOffset | undefined> {
    return this.#reader.offsetForTimestamp(timestampMs);
  }

  maxTimestampOffset(): Promise<TimestampedOffset | undefined> {
    return this.#reader.maxTimestampOffset();
  }

  endOffsetForEpoch(epoch: LeaderEpoch): EpochEndOffset | undefined {
    this.#health.check();
    const end = this.#files.epochs.endOffsetFor(epoch, this.#watermarks.logEndOffset);
    return end && { leaderEpoch: end.epoch as LeaderEpoch, endOffset: offset(end.endOffset) };
  }

  leaderEpochAt(at: Offset): LeaderEpoch {
    return this.#files.epochs.epochAt(at) as LeaderEpoch;
  }

  setLeaderEpoch(epoch: LeaderEpoch): void {
    this.#health.check();
    if (epoch < this.#leaderEpoch) throw new ApiError("FENCED_LEADER_EPOCH");
    this.#leaderEpoch = epoch;
    this.#assignEpoch(epoch, this.#watermarks.nextOffset);
  }

  advanceHighWatermark(to: Offset): void {
    this.#health.check();
    const watermarks = this.#watermarks;
    const next = Math.min(to, watermarks.logEndOffset);
    if (next <= watermarks.highWatermark) return;
    watermarks.highWatermark = next;
    this.#producers.committedUpTo(next);
    watermarks.settle(this.#producers.firstUnstableOffset);
    this.#listeners.moved();
  }

  async truncateTo(to: Offset): Promise<void> {
    this.#health.check();
    if (to < this.#watermarks.nextOffset) await this.#maintenance.truncateTo(to);
  }

  async truncateFullyAndStartAt(at: Offset): Promise<void> {
    this.#health.check();
    await this.#maintenance.truncateFullyAndStartAt(at);
  }

  deleteRecordsBefore(to: Offset): Promise<void> {
    return this.#maintenance.deleteRecordsBefore(to);
  }

  async applyRetention(nowMs: number): Promise<RetentionResult> {
    this.#health.check();
    this.#producers.expire(nowMs, this.#options.producerIdExpirationMs);
    return this.#maintenance.applyRetention(nowMs);
  }

  activeProducers(): readonly ActiveProducer[] {
    this.#health.check();
    return this.#producers.active();
  }

  sizeInBytes(): MaybePromise<number> {
    return this.#reader.sizeInBytes();
  }

  updateConfig(config: LogConfig): void {
    this.#config = config;
  }

  flush(): Promise<void> {
    return this.#maintenance.flush();
  }

  subscribe(listener: LogListener): () => void {
    return this.#listeners.add(listener);
  }

  /** For the directory: nothing works afterwards. Flushes unless the log is offline. */
  close(): Promise<void> {
    return this.#maintenance.close();
  }

  /** As `close`, for a partition whose files go anyway. */
  discard(): Promise<void> {
    return this.#maintenance.discard();
  }

  /** `file.delete.delay.ms` as it is now. */
  get fileDeleteDelayMs(): number {
    return this.#config.fileDeleteDelayMs;
  }

  /** Gives offsets and places in segments to batches that passed every check. */
  #place({ slab, start, end }: StoredBatches, stamps: boolean, logAppendTimeMs: number): void {
    const { memory } = slab;
    const batches = memory.bytes;
    let segment = this.#files.segments.active;
    let runStart = start;
    let position = segment.sizeBytes;
    const cursor = new BatchCursor(batches, start, end);
    while (cursor.next()) {
      const { at, size } = cursor;
      if (stamps) {
        stampBatch(batches, at, this.#watermarks.nextOffset, this.#leaderEpoch);
        if (logAppendTimeMs !== NO_TIMESTAMP) setLogAppendTime(batches, at, logAppendTimeMs);
      } else {
        this.#assignEpoch(partitionLeaderEpoch(batches, at), baseOffset(batches, at));
      }
      const last = lastOffset(batches, at);
      const batch = { size, lastOffset: last, maxTimestampMs: maxTimestamp(batches, at) };
      if (segment.isFullFor(batch, this.#config)) {
        if (at > runStart) this.#enqueue(segment, position, memory, runStart, at);
        segment = this.#maintenance.roll(last - lastOffsetDelta(batches, at));
        runStart = at;
        position = 0;
      }
      segment.place(batches, at, size, this.#config.indexIntervalBytes);
      this.#producers.replay(
        batches,
        at,
        last - lastOffsetDelta(batches, at),
        (transaction, lastStableOffset) =>
          segment.indexes.transactions.append({ ...transaction, lastStableOffset }),
      );
      this.#watermarks.nextOffset = last + 1;
    }
    this.#enqueue(segment, position, memory, runStart, end);
    this.#maintenance.armFlushTimer();
  }

  #enqueue(segment: Segment, position: number, memory: PooledBuffer, start: number, end: number): void {
    this.#writer.enqueue(segment, position, memory, { start, end }, this.#watermarks.nextOffset);
  }

  #written(endOffset: number): void {
    this.#watermarks.logEndOffset = endOffset;
    this.#watermarks.checkInvariants();
    this.#listeners.moved();
  }

  #assignEpoch(epoch: number, startOffset: number): void {
    this.#leaderEpoch = Math.max(this.#leaderEpoch, epoch);
    if (epoch <= this.#files.epochs.latestEpoch) return;
    this.#files.epochs.assign(epoch, startOffset);
    this.#maintenance.saveEpochsInBackground();
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
      logStartOffset: this.logStartOffset,
      duplicate,
    };
  }
}
