import type { LogIndex } from "../entry.ts";

/** Follows `leaderId`, or waits for a leader to show up. */
export interface Follower {
  readonly name: "follower";
  readonly leaderId: number | undefined;
}

export interface Candidate {
  readonly name: "candidate";
  /** Who voted for it. Its own vote counts once it is on the disk. */
  readonly votes: Set<number>;
}

export interface Leader {
  readonly name: "leader";
  /** The no-op that opened its term: once that is committed, the leader knows all that is. */
  readonly noopIndex: LogIndex;
  /** For each voter, itself included, up to where its log on disk is known to equal the leader's. */
  readonly matchIndex: Map<number, LogIndex>;
  /** Reads that came before the no-op was committed. */
  readonly waitingReads: number[];
}

/** What a node knows only while it has a role is in that role's object and goes with it. */
export type Role = Follower | Candidate | Leader;
