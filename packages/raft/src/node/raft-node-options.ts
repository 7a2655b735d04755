import type { Runtime } from "@millrace/runtime";
import type { LogIndex, Term, Voter } from "../entry.ts";
import type { RaftTransport } from "../message.ts";
import type { RaftStateMachine } from "../state-machine.ts";
import type { RaftStorage } from "../storage/raft-storage.ts";

export interface RaftNodeOptions {
  readonly self: { readonly id: number; readonly directoryId: string };
  /**
   * The quorum as of its first start, the same on each of its nodes. The first leader writes it into the log, and
   * from then on the log alone says who votes.
   */
  readonly bootstrapVoters: readonly Voter[];
  /** The node closes it when it stops. */
  readonly storage: RaftStorage;
  readonly stateMachine: RaftStateMachine;
  /** Needed with more than one voter only. */
  readonly transport?: RaftTransport;
  /** `fail` is called when a disk or the state machine fails, or one of our own invariants. */
  readonly runtime: Pick<Runtime, "clocks" | "random" | "executor" | "logger" | "fail">;
  readonly limits?: Partial<RaftLimits>;
  readonly timing?: Partial<RaftTiming>;
}

export interface RaftLimits {
  /** Entries proposed and not yet applied; more are refused with `PENDING_FULL`. */
  readonly pendingEntriesMax: number;
  readonly pendingBytesMax: number;
  /** Of one entry's payload; larger ones are refused with `ENTRY_TOO_LARGE`. */
  readonly entryBytesMax: number;
  /** Read from the log and handed to the state machine at a time. */
  readonly applyBytesMax: number;
  /** A snapshot is taken, and the log behind it dropped, each time that this much was applied. */
  readonly snapshotEveryBytes: number;
}

export const defaultRaftLimits: RaftLimits = {
  pendingEntriesMax: 32_768,
  pendingBytesMax: 64 * 1024 * 1024,
  entryBytesMax: 16 * 1024 * 1024,
  applyBytesMax: 256 * 1024,
  snapshotEveryBytes: 64 * 1024 * 1024,
};

/** On the liveness clock. */
export interface RaftTiming {
  readonly tickMs: number;
  /** A follower that heard nothing campaigns after this many ticks, plus a random part of as many. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
}

export const defaultRaftTiming: RaftTiming = { tickMs: 20, electionTicks: 10, heartbeatTicks: 2 };

export type RoleName = "follower" | "candidate" | "leader";

export interface RaftStatus {
  readonly role: RoleName;
  readonly term: Term;
  readonly leaderId: number | undefined;
  readonly lastIndex: LogIndex;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly voters: readonly Voter[];
}

/** The entries that a proposal became: `lastIndex` is inclusive. */
export interface Proposed {
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly term: Term;
}

/** The caller's view of the log: the append is refused, with nothing written, when it is no longer so. */
export interface ProposeExpectation {
  readonly term?: Term;
  readonly firstIndex?: LogIndex;
}
