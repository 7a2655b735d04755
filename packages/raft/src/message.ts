import type { Entry, EntryId, LogIndex, Term } from "./entry.ts";

interface Envelope {
  readonly from: number;
  readonly to: number;
  /** The sender's term; for `preVote` the term that it would campaign in. */
  readonly term: Term;
}

/** Raft paper, figure 2, with pre-vote (Ongaro's thesis, 9.6). `last` is the end of the candidate's log. */
export interface VoteRequest extends Envelope {
  readonly type: "voteRequest" | "preVoteRequest";
  readonly last: EntryId;
}

export interface VoteResponse extends Envelope {
  readonly type: "voteResponse" | "preVoteResponse";
  readonly granted: boolean;
}

/** Entries after `previous`; empty as heartbeat. `round` comes back in the response and confirms reads. */
export interface AppendRequest extends Envelope {
  readonly type: "appendRequest";
  readonly previous: EntryId;
  readonly entries: readonly Entry[];
  readonly commitIndex: LogIndex;
  readonly round: number;
}

export interface AppendResponse extends Envelope {
  readonly type: "appendResponse";
  readonly round: number;
  /** Accepted: the last index that is now equal to the leader's and on this node's disk. Else where to look next. */
  readonly accepted: boolean;
  readonly lastIndex: LogIndex;
}

/** What voters tell each other. A node drops what comes from outside its voter set. */
export type Message = VoteRequest | VoteResponse | AppendRequest | AppendResponse;

/** Carries messages between nodes. May lose, delay, repeat and reorder them; never blocks and never throws. */
export interface RaftTransport {
  send(messages: readonly Message[]): void;
  /** Hands incoming messages to `receive` until the transport is closed. */
  start(receive: (message: Message) => void): void;
  close(): Promise<void>;
}
