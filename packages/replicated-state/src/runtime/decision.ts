import { ApiError, type ErrorName } from "@millrace/runtime";

/** All that a decision may know besides the state and its command: it draws no time, chance or id elsewhere. */
export interface DecideEnv {
  /** Domain time, milliseconds since the epoch. The same for every decision of one batch. */
  readonly nowMs: number;
  /** Where this decision's first record goes, if it makes any. */
  readonly baseOffset: number;
  /** The epoch in which this node is the writer. */
  readonly epoch: number;
  /** A random (version 4) UUID. */
  newUuid(): string;
  /** Uniform integer in [0, limit). `limit` is 1 to 2^32. */
  randomBelow(limit: number): number;
}

export interface Acceptance<State, LogRecord, Response> {
  /** Written atomically. None: nothing changes, and the response still waits for the state that it was read from. */
  readonly records: readonly LogRecord[];
  readonly response: Response;
  /** Armed or cancelled once the records are committed. */
  readonly timers?: readonly TimerChange<State, LogRecord>[];
}

export interface Refusal {
  readonly refusal: ApiError;
}

/** What a decision comes to. It only reads: the records, replayed, are the change. */
export type Decision<State, LogRecord, Response> = Acceptance<State, LogRecord, Response> | Refusal;

/**
 * Reads the uncommitted state (valid during the call only) and says what to write. Pure and synchronous. A throw
 * rejects the caller like a refusal, unless it is an `InvariantViolation`, which ends the node.
 */
export type Decide<State, LogRecord, Response> = (
  uncommitted: State,
  env: DecideEnv,
) => Decision<State, LogRecord, Response>;

/** Answers with an error of the table; `detail` goes to the caller. */
export function refuse(id: ErrorName, detail?: string): Refusal {
  return { refusal: new ApiError(id, { detail }) };
}

/** Arms a timer, replacing that of the same key, or cancels it. A timer that fires becomes an ordinary write. */
export type TimerChange<State, LogRecord> =
  | {
      readonly key: string;
      /** From when the records commit, on the clock that the runtime was given. */
      readonly delayMs: number;
      readonly decide: Decide<State, LogRecord, void>;
    }
  | { readonly key: string; readonly cancel: true };
