import { assert, type Random, randomBelow } from "@millrace/runtime";
import type { Entry, EntryKind, HardState, LogIndex, Term, Voter } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import type { StoredState } from "../storage/raft-storage.ts";
import { encodeVoters } from "../voters.ts";
import type { ConfirmedRead, Effects, Input } from "./effects.ts";
import { LogOutline } from "./log-outline.ts";
import { hasQuorum, quorumIndex } from "./quorum.ts";
import type { Candidate, Leader, Role } from "./roles.ts";

export interface RaftCoreOptions {
  readonly self: { readonly id: number; readonly directoryId: string };
  readonly bootstrapVoters: readonly Voter[];
  readonly stored: StoredState;
  /** For election timeouts. */
  readonly random: Random;
  readonly electionTicks: number;
}

const empty = new Uint8Array(0);

/**
 * Raft without I/O: inputs in, effects out, synchronous, no clock and no chance of its own. Quorums of one voter for
 * now: messages are dropped, since nobody else is in the voter set.
 */
export class RaftCore {
  readonly #self: RaftCoreOptions["self"];
  readonly #options: RaftCoreOptions;
  readonly #log: LogOutline;
  #hardState: HardState;
  #commitIndex: LogIndex;
  #role: Role = { name: "follower", leaderId: undefined };
  #ticksToElection = 0;

  // Effects not yet taken.
  #hardStateChanged = false;
  #entries: Entry[] = [];
  #commitMoved = false;
  #confirmedReads: ConfirmedRead[] = [];
  #roleChanged = true;

  constructor(options: RaftCoreOptions) {
    const { stored } = options;
    this.#options = options;
    this.#self = options.self;
    this.#log = new LogOutline(stored);
    this.#hardState = stored.hardState;
    this.#commitIndex = stored.snapshot?.index ?? 0;
    assert(stored.lastIndex >= this.#commitIndex, "log ends below its snapshot");
    assert(this.#log.last.term <= stored.hardState.term, "log is of a later term than the hard state");
    if (this.voters.length > 1) throw new RaftError("TOO_MANY_VOTERS");
    if (!this.voters.some((v) => v.id === this.#self.id && v.directoryId === this.#self.directoryId)) {
      throw new RaftError("NOT_A_VOTER");
    }
    // Nobody could object or be disturbed: the only voter does not wait for an election timeout.
    this.#campaign();
  }

  get role(): Role {
    return this.#role;
  }

  get term(): Term {
    return this.#hardState.term;
  }

  get leaderId(): number | undefined {
    if (this.#role.name === "leader") return this.#self.id;
    return this.#role.name === "follower" ? this.#role.leaderId : undefined;
  }

  get lastIndex(): LogIndex {
    return this.#log.last.index;
  }

  get commitIndex(): LogIndex {
    return this.#commitIndex;
  }

  /** The voter set in force: the last in the log, committed or not (Ongaro's thesis, 4.1). */
  get voters(): readonly Voter[] {
    return this.#log.votersAt(this.lastIndex) ?? this.#options.bootstrapVoters;
  }

  /** False while ticks would change nothing, so that an idle node needs no timer. */
  get needsTicks(): boolean {
    return this.#role.name !== "leader";
  }

  termAt(index: LogIndex): Term {
    return this.#log.termAt(index);
  }

  votersAt(index: LogIndex): readonly Voter[] | undefined {
    return this.#log.votersAt(index);
  }

  step(input: Input): void {
    if (input.type === "tick") this.#tick();
    if (input.type === "persisted") this.#persisted(input);
  }

  /** Appends one `data` entry a payload and returns the first, or undefined when this node does not lead. */
  propose(payloads: readonly Uint8Array[]): LogIndex | undefined {
    if (this.#role.name !== "leader") return undefined;
    const first = this.lastIndex + 1;
    for (const payload of payloads) this.#append("data", payload);
    return first;
  }

  /** The answer comes as a `ConfirmedRead` with the same token; false when this node does not lead. */
  readIndex(token: number): boolean {
    if (this.#role.name !== "leader") return false;
    if (this.#commitIndex < this.#role.noopIndex) this.#role.waitingReads.push(token);
    else this.#confirmedReads.push({ token, index: this.#commitIndex });
    return true;
  }

  /** Drains: a second call returns nothing new. */
  takeEffects(): Effects {
    const persists = this.#hardStateChanged || this.#entries.length > 0;
    const effects: Effects = {
      members: undefined,
      sendNow: [],
      contacts: [],
      readEntries: [],
      readSnapshots: [],
      endSnapshots: [],
      snapshotChunks: [],
      installSnapshot: undefined,
      restore: undefined,
      campaignAfter: undefined,
      persist: persists
        ? {
            hardState: this.#hardStateChanged ? this.#hardState : undefined,
            truncateFrom: undefined,
            entries: this.#entries,
            thenSend: [],
          }
        : undefined,
      applyThrough: this.#commitMoved ? this.#commitIndex : undefined,
      confirmedReads: this.#confirmedReads,
      roleChanged: this.#roleChanged,
    };
    this.#hardStateChanged = false;
    this.#entries = [];
    this.#commitMoved = false;
    this.#confirmedReads = [];
    this.#roleChanged = false;
    return effects;
  }

  #tick(): void {
    // A candidate whose own vote is still on its way to a slow disk has nothing to gain from a later term.
    if (this.#role.name === "leader") return;
    if (this.#role.name === "candidate" && !this.#role.votes.has(this.#self.id)) return;
    this.#ticksToElection -= 1;
    if (this.#ticksToElection <= 0) this.#campaign();
  }

  #campaign(): void {
    const { electionTicks, random } = this.#options;
    this.#ticksToElection = electionTicks + randomBelow(random, electionTicks);
    this.#setHardState(this.term + 1, this.#self.id);
    this.#become({ name: "candidate", votes: new Set() });
  }

  #persisted(input: Extract<Input, { type: "persisted" }>): void {
    const { hardState, last } = input;
    const role = this.#role;
    if (role.name === "candidate" && hardState !== undefined && hardState.term === this.term) {
      assert(hardState.votedFor === this.#self.id, "a candidate voted for someone else");
      this.#countVote(role, this.#self.id);
    }
    // An index alone does not tell whether it is this log's: terms do.
    if (role.name === "leader" && last !== undefined && this.#log.termAt(last.index) === last.term) {
      assert(last.index <= this.lastIndex, "persisted beyond the end of the log");
      role.matchIndex.set(this.#self.id, last.index);
      this.#advanceCommit(role);
    }
  }

  #countVote(candidate: Candidate, voterId: number): void {
    candidate.votes.add(voterId);
    if (hasQuorum(candidate.votes, this.#voterIds())) this.#lead();
  }

  #lead(): void {
    const noopIndex = this.lastIndex + 1;
    this.#become({ name: "leader", noopIndex, matchIndex: new Map(), waitingReads: [] });
    this.#append("noop", empty);
    if (this.#log.votersAt(this.lastIndex) === undefined) {
      this.#append("voters", encodeVoters(this.#options.bootstrapVoters));
    }
  }

  #append(kind: EntryKind, payload: Uint8Array): void {
    const entry = { index: this.lastIndex + 1, term: this.term, kind, payload };
    this.#log.append(entry);
    this.#entries.push(entry);
  }

  #advanceCommit(leader: Leader): void {
    const index = quorumIndex(leader.matchIndex, this.#voterIds());
    // Raft paper, 5.4.2: an entry of an earlier term is committed only through one of this term.
    if (index <= this.#commitIndex || this.#log.termAt(index) !== this.term) return;
    this.#commitIndex = index;
    this.#commitMoved = true;
    if (index < leader.noopIndex) return;
    for (const token of leader.waitingReads) this.#confirmedReads.push({ token, index });
    leader.waitingReads.length = 0;
  }

  #voterIds(): readonly number[] {
    return this.voters.map((voter) => voter.id);
  }

  #setHardState(term: Term, votedFor: number | undefined): void {
    assert(term >= this.#hardState.term, "term goes back");
    const firstVote = term > this.#hardState.term || this.#hardState.votedFor === undefined;
    assert(firstVote, "second vote in one term");
    this.#hardState = { term, votedFor };
    this.#hardStateChanged = true;
  }

  #become(role: Role): void {
    this.#role = role;
    this.#roleChanged = true;
  }
}
