import type { LogIndex, MemberKey } from "../entry.ts";
import type { Progress } from "./progress.ts";

/** Follows `leader`, or waits for one to show up. Learners follow too. */
export interface Follower {
  readonly name: "follower";
  leader: MemberKey | undefined;
  /** Since it heard from its leader, or became a follower. */
  ticksSilent: number;
  readonly timeoutTicks: number;
  ticksToElection: number;
  /** Until a learner without a leader asks for one again. */
  ticksToJoin: number;
  /** Reads that it asked its leader for. */
  readonly reads: ForwardedReads;
}

/** Reads that callers of one follower wait for: one request at a time, and everything later goes with the next. */
export interface ForwardedReads {
  /** Under way, as one request with `requestToken`. */
  asked: readonly number[];
  requestToken: number;
  ticksToRepeat: number;
  waiting: number[];
}

/** Asks whether it would be elected, and disturbs nobody by it (Ongaro's thesis, 9.6). */
export interface PreCandidate {
  readonly name: "preCandidate";
  /** Who would vote for it, by name. */
  readonly votes: Set<string>;
  ticksToElection: number;
}

export interface Candidate {
  readonly name: "candidate";
  /** Who voted for it, by name. Its own vote counts once it is on the disk. */
  readonly votes: Set<string>;
  ticksToElection: number;
}

export interface Leader {
  readonly name: "leader";
  /** The no-op that opened its term: once that is committed, the leader knows all that is. */
  readonly noopIndex: LogIndex;
  /** Of everyone it replicates to, voters and learners, by name; not of itself. */
  readonly progress: Map<string, Progress>;
  readonly reads: LeaderReads;
  /** Grows with each heartbeat and each batch of reads. */
  round: number;
  ticksToHeartbeat: number;
  ticksToQuorumCheck: number;
  transfer: Transfer | undefined;
}

/** One that waits for the leader: of its own caller, or of the follower `origin`. */
export interface Read {
  readonly origin: MemberKey | undefined;
  readonly token: number;
}

export interface LeaderReads {
  /** Of before the no-op was committed, or of this step: they have no round yet. */
  waiting: Read[];
  /** How many of `waiting` followers asked for; a leader's own callers are bounded elsewhere. */
  waitingOfFollowers: number;
  /** In the order of their rounds. */
  confirming: { readonly reads: readonly Read[]; readonly index: LogIndex; readonly round: number }[];
}

export interface Transfer {
  readonly target: MemberKey;
  ticksLeft: number;
  /** The target has the whole log and was told to campaign. */
  isAsked: boolean;
}

/** What a node knows only while it has a role is in that role's object and goes with it. */
export type Role = Follower | PreCandidate | Candidate | Leader;
