import type { EntryId, LogIndex, Term } from "../entry.ts";

/** A node's vote in its term, as far as it is known: a restart forgets the directory of whom it voted for. */
export interface GivenVote {
  readonly id: number;
  readonly directoryId: string | undefined;
}

/**
 * The predicates on which safety rests, in one place. Production code runs `safetyRules`; the simulator replaces one at
 * a time by a wrong one, to show that it notices.
 */
export interface SafetyRules {
  /** Raft paper, 5.2: at most one vote a term, first come, first served; a repeated request gets the same answer. */
  mayVote(
    given: GivenVote | undefined,
    candidate: { readonly id: number; readonly directoryId: string },
  ): boolean;
  /** 5.4.1: only who has everything that may be committed can be elected. */
  isUpToDate(candidate: EntryId, own: EntryId): boolean;
  /** Thesis, 4.2.3 and 9.6: who hears from a leader helps nobody to replace it, unless the leader asked for that. */
  mayHelpElect(hearsFromLeader: boolean, transfer: boolean): boolean;
  /** 9.6: nobody starts an election without a majority that would vote for it. */
  asksBeforeCampaign(transfer: boolean): boolean;
  /** Figure 2, persistent state: term and vote are on the disk before anyone hears of them. */
  votesAfterWrite(): boolean;
  /** Figure 2: entries are on the disk before they are acknowledged. */
  acknowledgesAfterWrite(): boolean;
  /** The same for the leader's own log: it counts for commitment once it is on its disk. */
  countsOwnAfterWrite(): boolean;
  /** 5.2: any two groups that decide something share a member. */
  isMajority(count: number, voters: number): boolean;
  /** 5.4.2: an entry of an earlier term is committed only through one of the leader's own. */
  mayCommit(entryTerm: Term, currentTerm: Term): boolean;
  /** 5.3, consistency check: entries are taken only behind the one that precedes them in the leader's log. */
  matchesPrevious(ownTerm: Term | undefined, previousTerm: Term): boolean;
  /** 5.3: same index, another term: this entry and all that follow go. Without a conflict nothing goes. */
  conflicts(ownTerm: Term, leaderTerm: Term): boolean;
  /** Figure 2, AppendEntries 5: committed is what the leader says, and no further than the logs are known to agree. */
  followerCommit(leaderCommit: LogIndex, verifiedThrough: LogIndex): LogIndex;
  /** Section 7: a snapshot replaces a log that is behind it, and never one that has committed more. */
  snapshotSupersedes(snapshot: EntryId, commitIndex: LogIndex): boolean;
  /** Thesis, 4.1, with Ongaro's correction of 2015: one change at a time, and none before the term's first commit. */
  mayChangeVoters(state: {
    readonly commitIndex: LogIndex;
    /** Of the no-op that opened the leader's term. */
    readonly noopIndex: LogIndex;
    /** Of the last voter set in the log; 0 when there is none. */
    readonly votersIndex: LogIndex;
  }): boolean;
  /** Section 8: a leader knows what is committed once an entry of its own term is. */
  mayServeReads(commitIndex: LogIndex, noopIndex: LogIndex): boolean;
  /** Thesis, 6.4: a member confirms a read by answering a round that began after the read did. */
  confirmsRead(acknowledgedRound: number, readRound: number): boolean;
}

export const safetyRules: SafetyRules = {
  mayVote: (given, candidate) =>
    given === undefined || (given.id === candidate.id && given.directoryId === candidate.directoryId),
  isUpToDate: (candidate, own) =>
    candidate.term > own.term || (candidate.term === own.term && candidate.index >= own.index),
  mayHelpElect: (hearsFromLeader, transfer) => transfer || !hearsFromLeader,
  asksBeforeCampaign: (transfer) => !transfer,
  votesAfterWrite: () => true,
  acknowledgesAfterWrite: () => true,
  countsOwnAfterWrite: () => true,
  isMajority: (count, voters) => count > voters / 2,
  mayCommit: (entryTerm, currentTerm) => entryTerm === currentTerm,
  matchesPrevious: (ownTerm, previousTerm) => ownTerm === previousTerm,
  conflicts: (ownTerm, leaderTerm) => ownTerm !== leaderTerm,
  followerCommit: (leaderCommit, verifiedThrough) => Math.min(leaderCommit, verifiedThrough),
  snapshotSupersedes: (snapshot, commitIndex) => snapshot.index > commitIndex,
  mayChangeVoters: ({ commitIndex, noopIndex, votersIndex }) =>
    commitIndex >= noopIndex && commitIndex >= votersIndex,
  mayServeReads: (commitIndex, noopIndex) => commitIndex >= noopIndex,
  confirmsRead: (acknowledgedRound, readRound) => acknowledgedRound >= readRound,
};
