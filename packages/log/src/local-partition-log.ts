import type { ApiError, MaybePromise, Runtime } from "@millrace/runtime";
import { PartitionTail } from "./cache/partition-tail.ts";
import type { ReadBuffers } from "./cache/read-buffers.ts";
import type { TailCache } from "./cache/tail-cache.ts";
import { LogAppender } from "./log-appender.ts";
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
  readonly #appender: LogAppender;
  #config: LogConfig;

  constructor(options: LocalPartitionLogOptions) {
    const { files, producers, nextOffset } = options.opened;
    this.topicPartition = options.topicPartition;
    this.topicId = options.topicId;
    this.#options = options;
    this.#config = options.config;
    this.#files = files;
    this.#producers = producers;
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
    this.#appender = new LogAppender({
      files,
      producers,
      writer: this.#writer,
      watermarks: this.#watermarks,
      tail: this.#tail,
      tailCache: options.tailCache,
      maintenance: this.#maintenance,
      health: this.#health,
      clock: options.runtime.clocks.domain,
      config: () => this.#config,
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
    return this.#appender.leaderEpoch as LeaderEpoch;
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
    return this.#appender.append(batches, options);
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
    this.#appender.setLeaderEpoch(epoch);
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

  #written(endOffset: number): void {
    this.#watermarks.logEndOffset = endOffset;
    this.#watermarks.checkInvariants();
    this.#listeners.moved();
  }
}
