import type { Entry, EntryId, HardState, LogIndex } from "../entry.ts";
import type { Message } from "../message.ts";

export type Input =
  | { readonly type: "tick" }
  | { readonly type: "message"; readonly message: Message }
  /** A `Persist` of these effects is on the disk; several may be reported as one. */
  | {
      readonly type: "persisted";
      readonly hardState: HardState | undefined;
      readonly last: EntryId | undefined;
    };

/** What must reach the disk, in the order in which it was taken. */
export interface Persist {
  readonly hardState: HardState | undefined;
  readonly entries: readonly Entry[];
  /** Answers that depend on it: sent when it is on the disk, not before. */
  readonly thenSend: readonly Message[];
}

/** A read that was confirmed: it sees what it must once the state machine applied `index`. */
export interface ConfirmedRead {
  readonly token: number;
  readonly index: LogIndex;
}

export interface Effects {
  readonly sendNow: readonly Message[];
  readonly persist: Persist | undefined;
  /** Where the log is committed to, if that moved: everything up to here may be applied. */
  readonly commitIndex: LogIndex | undefined;
  readonly confirmedReads: readonly ConfirmedRead[];
  /** Role, term or leader changed. */
  readonly roleChanged: boolean;
}
