import type { Voter } from "./entry.ts";

const texts = {
  NOT_LEADER: "this node does not lead the quorum",
  LEADERSHIP_LOST: "leadership ended before the entries were committed; they may or may not be",
  UNEXPECTED_TERM: "the term is not the one that the caller expected",
  UNEXPECTED_INDEX: "the log does not end where the caller expected",
  PENDING_FULL: "too many entries wait to be committed",
  ENTRY_TOO_LARGE: "an entry is larger than the limit",
  NO_ENTRIES: "a proposal needs at least one entry",
  CHANGE_IN_PROGRESS: "another change of the voters, or of the leader, is not finished yet: try again",
  NOT_CAUGHT_UP: "the node to be added is not a learner that has caught up: start it and try again",
  DUPLICATE_VOTER: "a voter with this id is in the voter set: remove it first",
  UNKNOWN_VOTER: "no such voter, by id and directory id",
  LAST_VOTER: "the last voter cannot be removed",
  TRANSFER_FAILED: "the voter that was to lead did not take over in time: this node still leads",
  NOT_A_VOTER: "this node, with its directory id, is not in the voter set",
  BAD_VOTERS: "a voter lacks its id, directory id or endpoint, or the set was written by a newer release",
  BAD_RECORDS: "an entry does not hold framed records",
  STOPPED: "the node was stopped",
} as const;

export type RaftErrorCode = keyof typeof texts;

/** What a caller of raft can meet in normal operation. Nothing was appended, except where the text says so. */
export class RaftError extends Error {
  override readonly name = "RaftError";
  readonly code: RaftErrorCode;
  /** With `NOT_LEADER`: who leads, as far as this node knows. */
  readonly leader: Voter | undefined;

  constructor(code: RaftErrorCode, options?: RaftErrorOptions) {
    super(texts[code], options);
    this.code = code;
    this.leader = options?.leader;
  }
}

interface RaftErrorOptions extends ErrorOptions {
  readonly leader?: Voter | undefined;
}

/**
 * `CORRUPT`: bytes that had been synced are not what was written. `MISSING`: a file of the log is gone.
 * `VERSION`: written by a newer release. A node refuses to start on any of them: it must not vote or answer from a
 * log that lost entries.
 */
export type RaftStorageErrorCode = "CORRUPT" | "MISSING" | "VERSION";

export class RaftStorageError extends Error {
  override readonly name = "RaftStorageError";
  readonly code: RaftStorageErrorCode;
  readonly file: string;
  /** Bytes from the start of `file`. */
  readonly position: number;

  constructor(code: RaftStorageErrorCode, file: string, position: number, reason: string) {
    super(`${file} at byte ${position}: ${reason}`);
    this.code = code;
    this.file = file;
    this.position = position;
  }
}
