import {
  baseOffset,
  lastOffset,
  lastOffsetDelta,
  partitionLeaderEpoch,
  stampBatch,
} from "@millrace/kafka-protocol";
import {
  type AppendOptions,
  type AppendResult,
  type CreateLogOptions,
  type EpochEndOffset,
  type LeaderEpoch,
  type LogListener,
  NO_LEADER_EPOCH,
  type Offset,
  offset,
  type PartitionLog,
  type PartitionLogs,
  type ReadOptions,
  type ReadResult,
  type TimestampedOffset,
  topicPartitionName,
} from "@millrace/log";
import { ApiError } from "@millrace/runtime";

/** A log without a disk, whose writes a test can hold back: for what the broker makes of watermarks. */
export class MemoryLog implements PartitionLog {
  readonly topicPartition;
  readonly topicId;
  readonly unwrittenBytes = 0;
  logStartOffset = offset(0);
  highWatermark = offset(0);
  logEndOffset = offset(0);
  nextOffset = offset(0);
  latestEpoch: LeaderEpoch = NO_LEADER_EPOCH;
  failure: ApiError | undefined;
  /** Nothing is written until it is false again and `write` was called. */
  held = false;
  /** Reads whose memory their reader holds. */
  unreleased = 0;
  readonly #batches: Buffer[] = [];
  readonly #listeners = new Set<LogListener>();

  constructor({ topic, partition, topicId }: CreateLogOptions) {
    this.topicPartition = { topic, partition };
    this.topicId = topicId;
  }

  get lastStableOffset(): Offset {
    return this.highWatermark;
  }

  append(given: Buffer, { expectedLeaderEpoch }: AppendOptions): AppendResult {
    if (this.failure !== undefined) throw this.failure;
    if (expectedLeaderEpoch < this.latestEpoch) throw new ApiError("FENCED_LEADER_EPOCH");
    const base = this.nextOffset;
    const batches = Buffer.from(given);
    stampBatch(batches, 0, base, expectedLeaderEpoch);
    this.#batches.push(batches);
    this.nextOffset = offset(base + lastOffsetDelta(batches, 0) + 1);
    if (!this.held) queueMicrotask(() => this.write());
    const { logStartOffset } = this;
    return {
      baseOffset: base,
      lastOffset: offset(this.nextOffset - 1),
      logAppendTimeMs: -1,
      logStartOffset,
      duplicate: false,
    };
  }

  /** All that was appended is written. */
  write(): void {
    if (this.logEndOffset === this.nextOffset) return;
    this.logEndOffset = this.nextOffset;
    for (const listener of this.#listeners) listener.watermarksMoved(this);
  }

  fail(cause: ApiError): void {
    this.failure = cause;
    for (const listener of this.#listeners) listener.failed(this, cause);
  }

  read(fromOffset: Offset, { maxBytes, upTo, atLeastOneBatch }: ReadOptions): ReadResult {
    if (fromOffset < this.logStartOffset || fromOffset > this.logEndOffset) {
      throw new ApiError("OFFSET_OUT_OF_RANGE");
    }
    const end = upTo === "logEnd" ? this.logEndOffset : this.highWatermark;
    const batches: Buffer[] = [];
    let sizeInBytes = 0;
    for (const batch of this.#batches) {
      if (lastOffset(batch, 0) < fromOffset || baseOffset(batch, 0) >= end) continue;
      const fits = sizeInBytes + batch.length <= maxBytes || (atLeastOneBatch && batches.length === 0);
      if (!fits) break;
      batches.push(batch);
      sizeInBytes += batch.length;
    }
    const { logStartOffset, highWatermark, lastStableOffset } = this;
    const abortedTransactions = upTo === "lastStable" ? [] : undefined;
    this.unreleased++;
    let released = false;
    const release = () => {
      if (!released) this.unreleased--;
      released = true;
    };
    return {
      batches,
      sizeInBytes,
      logStartOffset,
      highWatermark,
      lastStableOffset,
      abortedTransactions,
      release,
    };
  }

  async offsetForTimestamp(): Promise<TimestampedOffset | undefined> {
    return undefined;
  }

  async maxTimestampOffset(): Promise<TimestampedOffset | undefined> {
    return undefined;
  }

  endOffsetForEpoch(epoch: LeaderEpoch): EpochEndOffset | undefined {
    const upTo = this.#batches.filter((batch) => partitionLeaderEpoch(batch, 0) <= epoch);
    const last = upTo.at(-1);
    if (last === undefined) return undefined;
    const found = partitionLeaderEpoch(last, 0) as LeaderEpoch;
    return { leaderEpoch: found, endOffset: offset(lastOffset(last, 0) + 1) };
  }

  leaderEpochAt(): LeaderEpoch {
    return this.latestEpoch;
  }

  setLeaderEpoch(epoch: LeaderEpoch): void {
    this.latestEpoch = epoch;
  }

  advanceHighWatermark(to: Offset): void {
    if (to <= this.highWatermark) return;
    this.highWatermark = to;
  }

  async truncateTo(): Promise<void> {}
  async truncateFullyAndStartAt(): Promise<void> {}

  async deleteRecordsBefore(to: Offset): Promise<void> {
    this.logStartOffset = to;
  }

  async applyRetention() {
    return { segmentsDeleted: 0, bytesDeleted: 0 };
  }

  activeProducers(): readonly never[] {
    return [];
  }

  sizeInBytes(): number {
    return this.#batches.reduce((bytes, batch) => bytes + batch.length, 0);
  }

  updateConfig(): void {}
  async flush(): Promise<void> {}

  subscribe(listener: LogListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export class MemoryLogs implements PartitionLogs {
  readonly unopened = [];
  readonly cleanShutdownBrokerEpoch = undefined;
  readonly #logs = new Map<string, MemoryLog>();

  get(topic: string, partition: number): MemoryLog | undefined {
    return this.#logs.get(topicPartitionName({ topic, partition }));
  }

  all(): Iterable<MemoryLog> {
    return this.#logs.values();
  }

  async create(options: CreateLogOptions): Promise<MemoryLog> {
    const log = new MemoryLog(options);
    this.#logs.set(topicPartitionName(options), log);
    return log;
  }

  async delete(topic: string, partition: number): Promise<void> {
    this.#logs.delete(topicPartitionName({ topic, partition }));
  }

  setCacheBytesMax(): void {}
  async close(): Promise<void> {}
}
