import type { Random } from "@millrace/runtime";
import type { Endpoint, MemberKey, Voter } from "../entry.ts";
import type { StoredState } from "../storage/raft-storage.ts";
import type { SafetyRules } from "./safety-rules.ts";

export interface RaftCoreOptions {
  readonly self: MemberKey;
  /** Where learners say that they are; a node without one has to be a voter. */
  readonly endpoint?: Endpoint | undefined;
  /** Whom a learner asks, besides the voters that it knows of. */
  readonly contacts?: readonly Endpoint[] | undefined;
  /** The quorum until a voter set is in the log: the same on each of its nodes. */
  readonly bootstrapVoters: readonly Voter[];
  /** What the storage held when it was opened. */
  readonly stored: StoredState;
  /** For election timeouts. */
  readonly random: Random;
  /** A follower that heard nothing campaigns after this many ticks, plus a random part of as many. */
  readonly electionTicks: number;
  /** Between two heartbeats of an idle leader; a fifth of `electionTicks` when left out. */
  readonly heartbeatTicks?: number;
  readonly limits?: Partial<RaftCoreLimits>;
  /** For simulators, which plant a bug. */
  readonly rules?: Partial<SafetyRules> | undefined;
}

export interface RaftCoreLimits {
  /** Payload bytes of one append request; a larger entry travels alone. */
  readonly appendBytesMax: number;
  /** Append requests on their way to one follower; at either bound the rest waits for answers. */
  readonly inFlightMessagesMax: number;
  /** Of their payloads. */
  readonly inFlightBytesMax: number;
  /**
   * Recent entries kept in memory for followers, so that those who are near need no disk; an entry counts 64 more than
   * its payload. What is not applied yet has as much again.
   */
  readonly tailBytesMax: number;
  /** Whoever else asks to join is ignored, and asks again. */
  readonly learnersMax: number;
  /** How many entries a learner may be behind the leader when it becomes a voter, or `NOT_CAUGHT_UP`. */
  readonly caughtUpEntriesMax: number;
}

export const defaultRaftCoreLimits: RaftCoreLimits = {
  appendBytesMax: 256 * 1024,
  inFlightMessagesMax: 64,
  inFlightBytesMax: 4 * 1024 * 1024,
  tailBytesMax: 8 * 1024 * 1024,
  learnersMax: 64,
  caughtUpEntriesMax: 1_000,
};

/** After the leader's port refused: half of a quorum finds out at about the same time, and one should be first. */
export const earlyCampaignMs = 30;
