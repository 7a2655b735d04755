/** Position of an entry in the log; the first is 1, and 0 stands for "before the first". Always a safe integer. */
export type LogIndex = number;

/** Raft's logical time; the first election makes term 1. Always a safe integer. */
export type Term = number;

/**
 * `data` is what the application proposed; `noop` opens a leader's term (Raft paper, section 8: only an entry of its
 * own term tells a leader what is committed); `voters` holds a whole voter set (see `encodeVoters`).
 */
export type EntryKind = "data" | "noop" | "voters";

export interface EntryId {
  readonly index: LogIndex;
  readonly term: Term;
}

/** One slot of the replicated log. An entry is atomic: it survives whole or not at all. */
export interface Entry extends EntryId {
  readonly kind: EntryKind;
  /** Opaque to raft; must not change once proposed. Empty for `noop`. */
  readonly payload: Uint8Array;
}

/** What a node must never forget (Raft paper, figure 2): on disk before anything that depends on it leaves. */
export interface HardState {
  readonly term: Term;
  /**
   * The id of the candidate that got this node's vote in `term`. Without its directory: after a restart the vote is
   * used up for whoever has that id, so that it can never go to two nodes that share one.
   */
  readonly votedFor: number | undefined;
}

/** A term and the first index written in it: the term of any index follows from the sorted list of these. */
export interface TermStart {
  readonly term: Term;
  readonly firstIndex: LogIndex;
}

/** What a snapshot stands for: the log up to and including `index`. */
export interface SnapshotId extends EntryId {
  /** The voter set in force at `index`; undefined when no `voters` entry was committed until then. */
  readonly voters: readonly Voter[] | undefined;
}

/**
 * Names a node of the quorum, voter or learner (KIP-853). A disk that was replaced has a new directory id and so is
 * another member: a wiped node never votes as the one that it was. Both parts are compared, always.
 */
export interface MemberKey {
  readonly id: number;
  readonly directoryId: string;
}

/** A member of the quorum, and where the others reach it. */
export interface Voter extends MemberKey {
  readonly endpoint: Endpoint;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}
