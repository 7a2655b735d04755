import type { Entry, MemberKey, Message, PersistBatch, RaftStatus, SnapshotId } from "@millrace/raft";
import type { OpenedLog } from "../ledger/member-log.ts";

/** A member, and what it says of itself at this moment. */
export interface Observed {
  readonly member: MemberKey;
  readonly status: () => RaftStatus;
}

/** A call of a client whose entry is at `index`. */
export interface Answered {
  readonly index: number;
  readonly content: string;
}

/** All that a checker can see, in the order in which it happens. */
export interface RaftObserver {
  /** A process found this on its disk; what was being written when the last one ended may or may not be there. */
  opened?(member: MemberKey, log: OpenedLog): void;
  /** The disk was thrown away: nothing is expected of it any more. */
  wiped?(member: MemberKey): void;
  writing?(at: Observed, batch: PersistBatch): void;
  /** The storage promised it. */
  wrote?(at: Observed, batch: PersistBatch): void;
  installing?(member: MemberKey): void;
  installed?(member: MemberKey, snapshot: SnapshotId, keptLog: boolean): void;
  saved?(member: MemberKey, snapshot: SnapshotId): void;
  sent?(at: Observed, message: Message): void;
  received?(at: Observed, message: Message): void;
  /** The node learned that `of`'s port refuses connections. */
  refused?(member: MemberKey, of: MemberKey): void;
  roleChanged?(member: MemberKey, status: RaftStatus): void;
  applied?(at: Observed, entries: readonly Entry[]): void;
  /** The state machine took over a snapshot; `chain` is what it arrived at. */
  restored?(member: MemberKey, snapshot: SnapshotId, chain: number): void;
  /** A proposal was answered as committed, or refused with nothing taken. */
  acknowledged?(call: Answered): void;
  refusedCall?(content: string): void;
}

export type Violate = (message: string) => void;
