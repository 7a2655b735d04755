import type { ApiError, MaybePromise } from "@millrace/runtime";
import type { LogConfig } from "./log-config.ts";
import type { TopicPartition } from "./topic-partition.ts";
import type { LeaderEpoch, Offset } from "./units.ts";

/**
 * The log of one partition, whatever keeps it: local segments now, an object store later.
 *
 * Offsets are given at the call of `append`; durability and commit come later, as moves of three watermarks:
 *
 *     logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset <= nextOffset
 *
 * Whoever owes an answer waits for a watermark, never for a call. A failing disk takes the log offline: every call
 * then throws (or rejects with) `KAFKA_STORAGE_ERROR`, and what was acknowledged stays where it is.
 */
export interface PartitionLog {
  readonly topicPartition: TopicPartition;
  /** 16 bytes, as in the metadata log. */
  readonly topicId: Uint8Array;

  /** The first offset that may be read: moved by retention and `deleteRecordsBefore`. */
  readonly logStartOffset: Offset;
  /** Everything below is visible to consumers without isolation. Moved by the replication layer. */
  readonly highWatermark: Offset;
  /** Everything below is decided: the high watermark, or the first offset of the oldest open transaction (KIP-98). */
  readonly lastStableOffset: Offset;
  /** Everything below is written (and flushed, when the configuration says so). */
  readonly logEndOffset: Offset;
  /** The offset that the next record gets. */
  readonly nextOffset: Offset;

  /** The epoch of the last `setLeaderEpoch`, or of the last batch if that is later. `NO_LEADER_EPOCH` before either. */
  readonly latestEpoch: LeaderEpoch;
  /** Why the log is offline; undefined while it works. */
  readonly failure: ApiError | undefined;
  /** Bytes given to `append` that are not written yet. Whoever appends bounds them. */
  readonly unwrittenBytes: number;

  /**
   * Gives offsets to whole v2 batches of this partition and queues their bytes; all that is appended in one turn of the
   * event loop becomes one write. Takes all of `batches` or nothing.
   *
   * The bytes must already be validated (structure, CRC). They are copied, and base offset and leader epoch are stamped
   * in the copy (`client`, `coordinator`): the caller's stay as they are, and may be used again once this returns.
   *
   * Throws `ApiError`:
   * - `NOT_LEADER_OR_FOLLOWER`, `FENCED_LEADER_EPOCH`: the expected leader epoch is later or earlier than the log's;
   * - `OFFSET_OUT_OF_RANGE`: not at `expectedBaseOffset`, or replicated batches do not follow the log's end exactly;
   * - `OUT_OF_ORDER_SEQUENCE_NUMBER`, `INVALID_PRODUCER_EPOCH`, `INVALID_TXN_STATE`, `TRANSACTION_COORDINATOR_FENCED`:
   *   producer state refuses (KIP-98, KIP-360);
   * - `KAFKA_STORAGE_ERROR`: the log is offline.
   */
  append(batches: Buffer, options: AppendOptions): AppendResult;

  /**
   * Whole batches from the one that holds `fromOffset` (which may begin before it), all below the watermark `upTo`.
   * None when `fromOffset` is at or above it. At once when the tail cache has them. Throws or rejects with
   * `OFFSET_OUT_OF_RANGE` when `fromOffset` is below `logStartOffset` or above `logEndOffset`.
   * The buffers are shared: nobody may write to them, and who is done with them calls `release`.
   */
  read(fromOffset: Offset, options: ReadOptions): MaybePromise<ReadResult>;

  /**
   * The first record whose timestamp is at or above `timestampMs`. It may lie above the high watermark, which is for
   * the caller to check (KIP-79).
   */
  offsetForTimestamp(timestampMs: number): Promise<TimestampedOffset | undefined>;
  /** The first record with the largest timestamp in the log (KIP-734). Undefined when no batch has a timestamp. */
  maxTimestampOffset(): Promise<TimestampedOffset | undefined>;

  /**
   * Where the last epoch that is not later than `epoch` ended, for a follower or consumer that compares logs (KIP-101,
   * KIP-279). Undefined when the log knows none of it.
   */
  endOffsetForEpoch(epoch: LeaderEpoch): EpochEndOffset | undefined;
  /** The leader epoch under which the record at `at` was written; `NO_LEADER_EPOCH` if unknown. */
  leaderEpochAt(at: Offset): LeaderEpoch;
  /** A new leader's epoch begins at `nextOffset`; earlier leaders are fenced from now on. Epochs never fall. */
  setLeaderEpoch(epoch: LeaderEpoch): void;

  /** Called by the replication layer. Lower than it was: ignored. Clipped to `logEndOffset`. */
  advanceHighWatermark(to: Offset): void;

  /** Drops everything from the batch that holds `to` on. Nobody may append until it resolves. */
  truncateTo(to: Offset): Promise<void>;
  /** Drops everything; the next record gets `at`. For followers whose leader no longer has what they lack. */
  truncateFullyAndStartAt(at: Offset): Promise<void>;
  /** Moves `logStartOffset` up; `OFFSET_OUT_OF_RANGE` above the high watermark (KIP-107). Lower: nothing. */
  deleteRecordsBefore(to: Offset): Promise<void>;
  /** Retention by time and size, and of what lies below `logStartOffset`; forgets expired producers. */
  applyRetention(nowMs: number): Promise<RetentionResult>;

  /** Producers with state in this partition (DescribeProducers, KIP-664). */
  activeProducers(): readonly ActiveProducer[];
  /** Size of all segments in bytes. Looks at files the first time. */
  sizeInBytes(): MaybePromise<number>;
  updateConfig(config: LogConfig): void;

  /** Everything appended so far is on the platter, and recovery begins there. */
  flush(): Promise<void>;
  /** Returns how to stop listening. */
  subscribe(listener: LogListener): () => void;
}

/**
 * Who appends: `client` batches are checked against producer state in full; `coordinator` ones (markers, group and
 * share state) are not checked for sequences; `replication` ones keep the offsets and epochs that their leader gave.
 */
export type AppendOrigin = "client" | "coordinator" | "replication";

export interface AppendOptions {
  readonly origin: AppendOrigin;
  readonly expectedLeaderEpoch: LeaderEpoch;
  /** Refuses with `OFFSET_OUT_OF_RANGE` when the first record would get any other offset. */
  readonly expectedBaseOffset?: Offset;
}

export interface AppendResult {
  readonly baseOffset: Offset;
  /** Inclusive. The answer is due when the high watermark (acks=all) or the log end (acks=1) is above it. */
  readonly lastOffset: Offset;
  /** -1 unless the topic's timestamps are `LogAppendTime`. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: Offset;
  /** These batches were appended before, at these offsets; nothing was appended now. */
  readonly duplicate: boolean;
}

/** The watermark that a read stays below: followers, consumers, consumers with `read_committed`. */
export type ReadLimit = "logEnd" | "highWatermark" | "lastStable";

export interface ReadOptions {
  readonly maxBytes: number;
  readonly upTo: ReadLimit;
  /** Return the first batch even when it alone is larger than `maxBytes` (KIP-74). */
  readonly atLeastOneBatch: boolean;
}

export interface ReadResult {
  /** In order; each holds one or more whole batches. Theirs until `release`. */
  readonly batches: readonly Buffer[];
  readonly sizeInBytes: number;
  readonly logStartOffset: Offset;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  /** With `lastStable` only: the aborted transactions that touch what was read, in order of their markers. */
  readonly abortedTransactions: readonly AbortedTransaction[] | undefined;
  /**
   * Says that nobody will look at `batches` any more: their memory becomes that of other reads and appends. Once is
   * enough and more does nothing. Without it nothing goes wrong: the memory is garbage then, once it is unreachable.
   */
  release(): void;
}

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: Offset;
}

export interface TimestampedOffset {
  readonly offset: Offset;
  readonly timestampMs: number;
  readonly leaderEpoch: LeaderEpoch;
}

export interface EpochEndOffset {
  readonly leaderEpoch: LeaderEpoch;
  readonly endOffset: Offset;
}

export interface RetentionResult {
  readonly segmentsDeleted: number;
  readonly bytesDeleted: number;
}

export interface ActiveProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** -1 before the first batch. */
  readonly lastSequence: number;
  readonly lastTimestampMs: number;
  /** -1 before the first marker. */
  readonly coordinatorEpoch: number;
  /** Undefined without an open transaction. */
  readonly currentTransactionStartOffset: Offset | undefined;
}

/**
 * Called in the turn in which something moved, once a move (not once a batch), and never from inside `append`. A
 * listener may append, read and advance the high watermark; moves that it makes are told after it has returned.
 */
export interface LogListener {
  /** At least one of the watermarks moved. */
  watermarksMoved(log: PartitionLog): void;
  /** The log went offline. Told once; whatever waits for a watermark fails with `cause`. */
  failed(log: PartitionLog, cause: ApiError): void;
}
