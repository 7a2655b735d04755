import type { Runtime } from "@millrace/runtime";
import { defaultRaftCoreLimits, type RaftCoreLimits } from "../core/raft-core-options.ts";
import type { SafetyRules } from "../core/safety-rules.ts";
import type { Endpoint, LogIndex, MemberKey, Term, Voter } from "../entry.ts";
import type { RaftTransport } from "../message.ts";
import type { RaftStateMachine } from "../state-machine.ts";
import type { RaftStorage } from "../storage/raft-storage.ts";

export interface RaftNodeOptions {
  readonly self: MemberKey;
  /**
   * Where the others reach this node. Without it, a node that is not in the voter set is refused with `NOT_A_VOTER`;
   * with it, it joins as a learner.
   */
  readonly endpoint?: Endpoint;
  /** Whom a learner asks for the quorum, besides the voters that it knows of. */
  readonly contacts?: readonly Endpoint[];
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
  /** For simulators, which plant a bug. */
  readonly rules?: Partial<SafetyRules>;
}

export interface RaftLimits extends RaftCoreLimits {
  /** Entries proposed and not yet applied; more are refused with `PENDING_FULL`. */
  readonly pendingEntriesMax: number;
  /** Of their payloads, in bytes, likewise. A proposal of any size is taken while nothing else is pending. */
  readonly pendingBytesMax: number;
  /** Bytes of one entry's payload; larger ones are refused with `ENTRY_TOO_LARGE`. */
  readonly entryBytesMax: number;
  /** Bytes of payload that are read from the log and handed to the state machine at a time; one entry at least. */
  readonly applyBytesMax: number;
  /** Calls of `readIndex` that are not confirmed or not applied yet; more are refused with `PENDING_FULL`. */
  readonly pendingReadsMax: number;
  /** Bytes that are read from a snapshot, and sent to a follower, at a time. */
  readonly snapshotPieceBytes: number;
  /** A snapshot is taken, and the log behind it dropped, each time that so many bytes were applied; an entry counts 64 more than its payload. */
  readonly snapshotEveryBytes: number;
}

export const defaultRaftLimits: RaftLimits = {
  ...defaultRaftCoreLimits,
  pendingReadsMax: 65_536,
  snapshotPieceBytes: 512 * 1024,
  pendingEntriesMax: 32_768,
  pendingBytesMax: 64 * 1024 * 1024,
  entryBytesMax: 16 * 1024 * 1024,
  applyBytesMax: 256 * 1024,
  snapshotEveryBytes: 64 * 1024 * 1024,
};

/** On the liveness clock. */
export interface RaftTiming {
  /** Milliseconds; nothing is measured more finely. */
  readonly tickMs: number;
  /** A follower that heard nothing campaigns after this many ticks, plus a random part of as many. */
  readonly electionTicks: number;
  /** Between two heartbeats of an idle leader; well below `electionTicks`, so that one may be lost. */
  readonly heartbeatTicks: number;
}

export const defaultRaftTiming: RaftTiming = { tickMs: 20, electionTicks: 10, heartbeatTicks: 2 };

export type RoleName = "follower" | "preCandidate" | "candidate" | "leader";

export interface RaftStatus {
  readonly role: RoleName;
  readonly term: Term;
  /** Of the term's leader, this node included; undefined while none is known. */
  readonly leaderId: number | undefined;
  /** As far as this node knows; undefined too where it knows the leader's name only. */
  readonly leader: Voter | undefined;
  /** Of this node's log, committed or not. */
  readonly lastIndex: LogIndex;
  /** As far as this node knows. */
  readonly commitIndex: LogIndex;
  /** What the state machine stands for. */
  readonly appliedIndex: LogIndex;
  /** The set in force: the last one in this node's log, committed or not. */
  readonly voters: readonly Voter[];
  /** What a leader knows of the others and itself, voters first; empty on other nodes. */
  readonly members: readonly MemberStatus[];
}

/** As DescribeQuorum of Kafka's tells it (KIP-836, KIP-853). */
export interface MemberStatus extends Voter {
  readonly isVoter: boolean;
  /** Its log is on its disk and known to equal the leader's up to here. */
  readonly matchIndex: LogIndex;
  /** Entries of the leader's log behind `matchIndex`. */
  readonly lag: number;
  /** Since it was last heard from, to the precision of a tick; undefined when it never was in this term. */
  readonly sinceContactMs: number | undefined;
  /** Since it last had all that the leader had when it asked; undefined when it never had in this term. */
  readonly sinceCaughtUpMs: number | undefined;
}

/** The entries that a proposal became: `lastIndex` is inclusive. */
export interface Proposed {
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly term: Term;
}

/** The caller's view of the log: the append is refused, with nothing written, when it is no longer so. */
export interface ProposeExpectation {
  /** In which the caller was told that this node leads; refused with `UNEXPECTED_TERM`. */
  readonly term?: Term;
  /** That its first entry gets; refused with `UNEXPECTED_INDEX`. */
  readonly firstIndex?: LogIndex;
}
