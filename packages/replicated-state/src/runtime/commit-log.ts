import type { MaybePromise } from "@millrace/runtime";

/** The encoded records of one decision. Atomic: the log keeps all of them or none. */
export type EncodedBatch = readonly Uint8Array[];

/** A batch as the log committed it. */
export interface CommittedBatch {
  /** Of the first record. Offsets grow; not every offset holds a batch. */
  readonly baseOffset: number;
  /** Of the writer: raft's term, a partition's leader epoch. */
  readonly epoch: number;
  readonly records: EncodedBatch;
}

/** A position in the log, inclusive. */
export interface LogPosition {
  /** -1 before the first. */
  readonly offset: number;
  readonly epoch: number;
}

/**
 * What a log tells the state on it. Calls never overlap: the log waits for a promise before the next call, except
 * for `onResign` and `onFail`, which may come at any time.
 */
export interface CommitLogListener {
  /** Replaces the state by a snapshot that stands for the log up to `position`. */
  onSnapshot(position: LogPosition, chunks: AsyncIterable<EncodedBatch>): Promise<void>;
  /**
   * The log is committed up to `position`. `batches` are those after the previous position, in order; a log may leave
   * out what this listener appended itself since `onLead`.
   */
  onCommit(position: LogPosition, batches: readonly CommittedBatch[]): MaybePromise<void>;
  /**
   * This node is now the only writer, as of `epoch`. Everything below `nextOffset` is committed and was handed over,
   * and the next append starts there.
   */
  onLead(epoch: number, nextOffset: number): void;
  /** No longer the writer. What was appended and not committed may still be, and then arrives by `onCommit`. */
  onResign(): void;
  /** The log is broken and has ended its node: nothing more will be appended or committed. */
  onFail(error: unknown): void;
  /**
   * The state as of the last `onCommit` or `onSnapshot`, as chunks of records, when the log wants to be compacted. An
   * immutable view: it is read while later records are committed.
   */
  snapshot(): AsyncIterable<EncodedBatch>;
}

export interface AppendExpectation {
  readonly epoch: number;
  readonly baseOffset: number;
}

/**
 * An ordered log that keeps what it commits: raft's for the controller, a partition's for a coordinator shard. Its
 * single writer is found by epoch; whoever has an older one is refused.
 */
export interface CommitLog {
  /**
   * Connects the state. Resolves when the latest snapshot, if any, was handed over; what is committed above it follows
   * by itself.
   */
  open(listener: CommitLogListener): Promise<void>;
  /**
   * Where the next append starts, on the writer: behind what was appended, and behind what the log put in for itself (a
   * voter set).
   */
  readonly nextOffset: number;
  /**
   * Appends after what was appended before. Returning means taken, not committed: `onCommit` tells that.
   * A throw means that nothing was appended. A rejection means that the outcome is unknown: the log then calls
   * `onResign`, and `onLead` when it has settled.
   */
  append(batches: readonly EncodedBatch[], expected: AppendExpectation): MaybePromise<void>;
  /**
   * Offsets that a batch of `recordCount` records takes: `recordCount` where each record has its own, 1 where the
   * records of a batch share one.
   */
  span(recordCount: number): number;
  close(): Promise<void>;
}
