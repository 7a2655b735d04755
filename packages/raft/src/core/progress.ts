import { assert } from "@millrace/runtime";
import type { LogIndex, SnapshotId, Voter } from "../entry.ts";
import { InFlight } from "./in-flight.ts";
import type { RaftCoreLimits } from "./raft-core-options.ts";

/** Looks for the point where the logs agree: one request at a time. */
interface Probe {
  readonly name: "probe";
  /** A request is on its way; the next heartbeat allows another one. */
  isAsked: boolean;
}

/** The logs agree: requests follow each other without waiting for answers. */
interface Replicate {
  readonly name: "replicate";
}

/** What the follower needs is not in the log any more: it gets a snapshot, a piece at a time. */
export interface SendSnapshot {
  readonly name: "snapshot";
  /** Known with the first piece. */
  id: SnapshotId | undefined;
  /** A piece is being read. */
  isReading: boolean;
  /** Bytes of the file that were sent, and whether that is all of them. */
  sentThrough: number;
  isSent: boolean;
  sentRound: number;
  /** After a failure: not before this tick of the leader's. */
  retryAtTick: number;
}

interface ProgressStart {
  readonly next: LogIndex;
  readonly tick: number;
  readonly limits: RaftCoreLimits;
}

/** What a leader knows of a follower or learner. */
export class Progress {
  /** Replaced when its endpoint changes. */
  member: Voter;
  isVoter: boolean;
  mode: Probe | Replicate | SendSnapshot = { name: "probe", isAsked: false };
  /** Its log is on its disk and known to equal the leader's up to here. */
  match: LogIndex = 0;
  /** The next entry to send. */
  next: LogIndex;
  readonly inFlight: InFlight;
  /** Entries for it are being read from the disk. */
  isReading = false;
  /** Of the last message to it. */
  sentRound = 0;
  sentCommit: LogIndex = 0;
  acknowledgedRound = 0;
  /** Heard from since the last check of the quorum. */
  isActive = true;
  /** Ticks of the leader's: when it began to replicate to it, and undefined for what never was. */
  readonly sinceTick: number;
  contactTick: number | undefined;
  caughtUpTick: number | undefined;
  /** Where the leader's log ended at some tick: once the follower has that, it was caught up as of then. */
  #goal = { index: 0, tick: 0 };

  constructor(member: Voter, isVoter: boolean, start: ProgressStart) {
    this.member = member;
    this.isVoter = isVoter;
    const { next, tick, limits } = start;
    this.next = next;
    this.sinceTick = tick;
    this.inFlight = new InFlight(limits.inFlightMessagesMax, limits.inFlightBytesMax);
  }

  /** Entries may be sent to it now. */
  get isOpen(): boolean {
    if (this.isReading || this.mode.name === "snapshot") return false;
    return this.mode.name === "probe" ? !this.mode.isAsked : !this.inFlight.isFull;
  }

  probeFrom(next: LogIndex): void {
    assert(next > this.match, "probes what is known to match");
    this.mode = { name: "probe", isAsked: false };
    this.next = next;
    this.inFlight.clear();
  }

  replicate(): void {
    this.mode = { name: "replicate" };
    this.inFlight.clear();
  }

  sendSnapshot(): SendSnapshot {
    const mode: SendSnapshot = {
      name: "snapshot",
      id: undefined,
      isReading: false,
      sentThrough: 0,
      isSent: false,
      sentRound: 0,
      retryAtTick: 0,
    };
    this.mode = mode;
    this.inFlight.clear();
    return mode;
  }

  /** It answered a message of `round`, at `tick` of the leader's. */
  heard(round: number, tick: number): void {
    this.isActive = true;
    this.contactTick = tick;
    if (round > this.acknowledgedRound) this.acknowledgedRound = round;
  }

  /** It has everything up to `index`, at `tick` of the leader's, whose log ends at `lastIndex`. */
  matched(index: LogIndex, tick: number, lastIndex: LogIndex): void {
    if (index > this.match) this.match = index;
    if (this.next <= this.match) this.next = this.match + 1;
    this.inFlight.acknowledge(this.match);
    if (this.match >= lastIndex) this.caughtUpTick = tick;
    else if (this.match >= this.#goal.index) {
      if (this.#goal.index > 0) this.caughtUpTick = this.#goal.tick;
      this.#goal = { index: lastIndex, tick };
    }
  }
}
