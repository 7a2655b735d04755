import type { Endpoint, Entry, EntryId, LogIndex, MemberKey, SnapshotId, Term, Voter } from "./entry.ts";

interface Envelope {
  readonly from: MemberKey;
  /** A node drops what is meant for another one, also for its own id on another disk. */
  readonly to: MemberKey;
  /** The sender's term. */
  readonly term: Term;
}

/**
 * Raft paper, figure 2, with pre-vote (Ongaro's thesis, 9.6): a `preVoteRequest` has the term that its sender would
 * campaign in, and a granted `preVoteResponse` has it too.
 */
export interface VoteRequest extends Envelope {
  readonly type: "voteRequest" | "preVoteRequest";
  /** The end of the candidate's log. */
  readonly last: EntryId;
  /** The leader asked for this election (thesis, 3.10): who still hears from it may vote all the same. */
  readonly transfer: boolean;
}

export interface VoteResponse extends Envelope {
  readonly type: "voteResponse" | "preVoteResponse";
  readonly granted: boolean;
}

/** Entries after `previous`; without any it is a heartbeat. */
export interface AppendRequest extends Envelope {
  readonly type: "appendRequest";
  readonly previous: EntryId;
  /** Consecutive. */
  readonly entries: readonly Entry[];
  readonly commitIndex: LogIndex;
  /** Counted by the leader; it comes back in the response, and confirms reads. */
  readonly round: number;
}

export interface AppendResponse extends Envelope {
  readonly type: "appendResponse";
  /** Of the request; 0 where it answers a leader of an earlier term. */
  readonly round: number;
  readonly accepted: boolean;
  /** Accepted: up to here this log is the leader's, and on this disk. Refused: the index of the request's `previous`. */
  readonly lastIndex: LogIndex;
  /** Refused: the last entry before `previous`, by index and term, at which the logs may still agree. */
  readonly hint: EntryId | undefined;
}

/**
 * A piece of the file that a snapshot is stored in. Without bytes and not the last it only asks how far the receiver
 * is, and stands for a heartbeat.
 */
export interface SnapshotChunk extends Envelope {
  readonly type: "snapshotChunk";
  readonly snapshot: SnapshotId;
  /** Of the first of `bytes` in the file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The file ends behind `bytes`. */
  readonly last: boolean;
  readonly round: number;
}

export interface SnapshotResponse extends Envelope {
  readonly type: "snapshotResponse";
  readonly snapshot: EntryId;
  /** `installed`: the receiver's log is at the snapshot or beyond. `refused`: it cannot take it now (a full disk). */
  readonly status: "receiving" | "installed" | "refused";
  /** The next byte wanted. */
  readonly offset: number;
  readonly round: number;
}

/** The leader asks the receiver to campaign at once (thesis, 3.10). */
export interface TimeoutNow extends Envelope {
  readonly type: "timeoutNow";
}

/** A follower asks for an index that covers everything committed before (thesis, 6.4). */
export interface ReadIndexRequest extends Envelope {
  readonly type: "readIndexRequest";
  /** The sender's own; it comes back. */
  readonly token: number;
}

export interface ReadIndexResponse extends Envelope {
  readonly type: "readIndexResponse";
  readonly token: number;
  /** Undefined: the receiver does not lead, or lost leadership before it knew. */
  readonly index: LogIndex | undefined;
}

/** A node outside of the voter set asks for the log. May be sent to `anyMember`, by endpoint alone. */
export interface JoinRequest extends Envelope {
  readonly type: "joinRequest";
  /** Where the sender is reached. */
  readonly endpoint: Endpoint;
}

export interface JoinResponse extends Envelope {
  readonly type: "joinResponse";
  /** Whom to ask; undefined when the sender knows of no leader. */
  readonly leader: Voter | undefined;
}

export type Message =
  | VoteRequest
  | VoteResponse
  | AppendRequest
  | AppendResponse
  | SnapshotChunk
  | SnapshotResponse
  | TimeoutNow
  | ReadIndexRequest
  | ReadIndexResponse
  | JoinRequest
  | JoinResponse;

/** Whoever listens at an endpoint: all that is known of a contact. Accepted in `joinRequest` only. */
export const anyMember: MemberKey = { id: -1, directoryId: "" };

export interface RaftTransportHandlers {
  receive(message: Message): void;
  /**
   * Nothing listens on `member`'s port: its process is gone. Not for connections that broke, timed out or could not
   * be routed, which say nothing about it.
   */
  onRefused(member: MemberKey): void;
}

/**
 * Carries messages between nodes. May lose, delay, repeat and reorder them; never blocks and never throws. Handlers
 * are called from its own turn, never inside `send` or `contact`.
 */
export interface RaftTransport {
  /** Hands incoming messages to `handlers` until the transport is closed. */
  start(handlers: RaftTransportHandlers): void;
  /** Everyone that messages may be for, without this node: voters, learners, a leader that was named. Replaces the last. */
  setMembers(members: readonly Voter[]): void;
  /** To members, by `to`; what is for anybody else is dropped. */
  send(messages: readonly Message[]): void;
  /** To whoever listens there, member or not. */
  contact(endpoints: readonly Endpoint[], message: JoinRequest | JoinResponse): void;
  /** Sends and hears nothing more; resolves when its connections are closed. */
  close(): Promise<void>;
}
