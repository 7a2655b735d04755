import type { Clock, ErrorName, Runtime } from "@millrace/runtime";
import type { CommitLog, CommittedBatch } from "./commit-log.ts";
import type { Image, RecordCodec, StateDefinition } from "./state-definition.ts";

/** A committed batch with its records in both forms: publishers pass the bytes on. */
export interface DecodedBatch<LogRecord> extends CommittedBatch {
  readonly decoded: readonly LogRecord[];
}

export interface Commit<State, LogRecord> {
  readonly image: Image<State>;
  readonly previous: Image<State>;
  /** What made the one out of the other, in order; undefined when a snapshot replaced the state. */
  readonly batches: readonly DecodedBatch<LogRecord>[] | undefined;
}

/** Called synchronously after the image moved, in the order of the log, on leader and followers alike. */
export type CommitListener<State, LogRecord> = (commit: Commit<State, LogRecord>) => void;

/**
 * `loading` while a snapshot is handed over, else `following` or `leading`; `failed` after the log broke or an
 * invariant of ours did, `closed` in the end.
 */
export type StateRole = "loading" | "following" | "leading" | "failed" | "closed";

/** What writes meet here; the codes depend on what the state is for (NOT_CONTROLLER, NOT_COORDINATOR). */
export interface StateErrors {
  /** Not the writer: nothing was done. Or no longer: the outcome of what was asked is unknown. */
  readonly notLeading: ErrorName;
  readonly loading: ErrorName;
  /** The queue is full: nothing was done. */
  readonly overloaded: ErrorName;
}

export interface StateLimits {
  /** Writes that wait for their decision; more are refused as `overloaded`. */
  readonly queuedMax: number;
  /** Decisions that wait for their commit; at the limit the queue waits. */
  readonly parkedMax: number;
  /**
   * Encoded records of decisions that wait for their commit; at the limit the queue waits. To be well below what the
   * log takes without a commit.
   */
  readonly parkedBytesMax: number;
  /**
   * The decisions of a turn are appended as one group, which ends, and the turn with it, when its records have this
   * many bytes: to decide, replay and encode 10 KB takes about a millisecond.
   */
  readonly groupBytesMax: number;
  /** Decisions made in one turn of the event loop. */
  readonly decisionsPerTurnMax: number;
}

export const defaultStateLimits: StateLimits = {
  queuedMax: 10_000,
  parkedMax: 10_000,
  parkedBytesMax: 16 * 1024 * 1024,
  groupBytesMax: 64 * 1024,
  decisionsPerTurnMax: 1_000,
};

export interface ReplicatedStateOptions<State, Draft, LogRecord> {
  readonly definition: StateDefinition<State, Draft, LogRecord>;
  readonly codec: RecordCodec<LogRecord>;
  /** Closed with the state. */
  readonly log: CommitLog;
  readonly runtime: Pick<Runtime, "executor" | "random" | "fail">;
  /** Of timers and of `env.nowMs`: the domain clock, as a rule. */
  readonly clock: Clock;
  readonly errors: StateErrors;
  readonly limits?: Partial<StateLimits>;
}
