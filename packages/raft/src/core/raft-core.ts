import { assert } from "@millrace/runtime";
import type { Entry, EntryId, LogIndex, MemberKey, SnapshotId, Term, Voter } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import type { Effects, Input } from "./effects.ts";
import {
  onCampaignNow,
  onLeaderRefused,
  onStoredVote,
  tickElection,
  tickQuorumCheck,
  tryToLead,
} from "./election.ts";
import { leaderRecord, tickJoining, tickLearners } from "./joining.ts";
import { type ChangeRefusal, changeVoters, resignIfRemoved, type VoterChange } from "./membership.ts";
import type { RaftCoreOptions } from "./raft-core-options.ts";
import { RaftState } from "./raft-state.ts";
import { askForRead, beginReads, confirmReads, forwardReads, tickForwardedReads } from "./reads.ts";
import { receive } from "./receive.ts";
import { advanceCommit, onEntriesRead, replicate, tickReplication } from "./replication.ts";
import type { Leader, Role } from "./roles.ts";
import { onSnapshotInstalled, onSnapshotReceived } from "./snapshot-receiving.ts";
import { onSnapshotRead } from "./snapshot-sending.ts";
import { beginTransfer, continueTransfer, tickTransfer } from "./transfer.ts";

/**
 * Raft without I/O: inputs in, effects out, synchronous, no clock and no chance of its own. Inputs may follow each
 * other before the effects are taken; whoever takes them carries them out in their order.
 */
export class RaftCore {
  readonly #state: RaftState;

  constructor(options: RaftCoreOptions) {
    const state = new RaftState(options);
    this.#state = state;
    if (!state.isVoter && state.endpoint === undefined) throw new RaftError("NOT_A_VOTER");
    // Nobody could object or be disturbed: the only voter does not wait for an election timeout.
    if (state.isAlone) tryToLead(state);
  }

  get role(): Role {
    return this.#state.role;
  }

  get term(): Term {
    return this.#state.term;
  }

  get leader(): MemberKey | undefined {
    return this.#state.leader;
  }

  /** With its endpoint, as far as that is known here. */
  get leaderRecord(): Voter | undefined {
    return leaderRecord(this.#state);
  }

  get lastIndex(): LogIndex {
    return this.#state.log.last.index;
  }

  /** Everything up to here is on the disk. */
  get stableIndex(): LogIndex {
    return this.#state.log.stableIndex;
  }

  get commitIndex(): LogIndex {
    return this.#state.commitIndex;
  }

  /** The voter set in force: the last in the log, committed or not (Ongaro's thesis, 4.1). */
  get voters(): readonly Voter[] {
    return this.#state.voters;
  }

  get isVoter(): boolean {
    return this.#state.isVoter;
  }

  /** Since the start, by the inputs of type `tick`. */
  get ticks(): number {
    return this.#state.ticks;
  }

  /** False while ticks would change nothing, so that an idle node needs no timer. */
  get needsTicks(): boolean {
    return this.#state.role.name !== "leader" || this.#hasFollowers;
  }

  /** Undefined behind the end of the log, and before what is known. */
  termAt(index: LogIndex): Term | undefined {
    return this.#state.log.termAt(index);
  }

  /** The last entry that is committed and of `term` or earlier, as far as terms are known. */
  lastCommittedAtMost(term: Term): EntryId {
    return this.#state.log.lastAtMost(this.commitIndex, term);
  }

  votersAt(index: LogIndex): readonly Voter[] | undefined {
    return this.#state.log.votersAt(index);
  }

  /** Entries that are still in memory, at least one, up to `through`; undefined when `from` is not. */
  recentEntries(from: LogIndex, through: LogIndex, bytesMax: number): readonly Entry[] | undefined {
    return this.#state.log.recent(from, through, bytesMax);
  }

  /** Of the entries that are still in memory. */
  get recentFirstIndex(): LogIndex | undefined {
    return this.#state.log.recentFirstIndex;
  }

  step(input: Input): void {
    this.#dispatch(input);
    this.#settle();
  }

  /** Appends one `data` entry a payload and returns the first, or undefined when this node does not lead, or hands over. */
  propose(payloads: readonly Uint8Array[]): LogIndex | undefined {
    const { role } = this.#state;
    if (role.name !== "leader" || role.transfer !== undefined) return undefined;
    const first = this.lastIndex + 1;
    for (const payload of payloads) this.#state.append("data", payload);
    return first;
  }

  /** The answer comes as a `ConfirmedRead` with the same token; false when this node knows of no leader. */
  readIndex(token: number): boolean {
    return askForRead(this.#state, token);
  }

  /** Begins to hand over, to the voter with most of the log when none is named; undefined when there is no such voter. */
  transferLeadership(target?: MemberKey): MemberKey | undefined {
    const { role } = this.#state;
    const chosen = role.name === "leader" ? beginTransfer(this.#state, role, target) : undefined;
    this.#settle();
    return chosen;
  }

  /** The index of the entry with the new set, in force at once and done when committed; or why there is none. */
  changeVoters(change: VoterChange): LogIndex | ChangeRefusal {
    return changeVoters(this.#state, change);
  }

  /** Drains: a second call returns nothing new. */
  takeEffects(): Effects {
    const { role, log, outbox } = this.#state;
    if (role.name === "leader") {
      beginReads(this.#state, role);
      confirmReads(this.#state, role);
      replicate(this.#state, role);
    } else if (role.name === "follower") forwardReads(this.#state, role);
    return outbox.take(log.truncations);
  }

  #dispatch(input: Input): void {
    const state = this.#state;
    const { role } = state;
    switch (input.type) {
      case "tick":
        this.#tick();
        break;
      case "message":
        receive(state, input.message);
        break;
      case "persisted":
        this.#persisted(input);
        break;
      case "compacted":
        state.log.compacted(input.firstIndex);
        break;
      case "entriesRead":
        if (role.name === "leader") onEntriesRead(state, role, input.to, input.entries);
        break;
      case "snapshotRead":
        if (role.name === "leader") onSnapshotRead(state, role, input.to, input.piece);
        break;
      case "snapshotReceived":
        onSnapshotReceived(state, input);
        break;
      case "snapshotInstalled":
        onSnapshotInstalled(state, input.snapshot, input.installed);
        break;
      case "leaderRefused":
        onLeaderRefused(state, input.leader);
        break;
      case "campaignNow":
        onCampaignNow(state, input.term);
        break;
    }
  }

  /** What may follow from anything that a leader learns. */
  #settle(): void {
    const state = this.#state;
    const { role } = state;
    if (role.name !== "leader") return;
    advanceCommit(state, role);
    confirmReads(state, role);
    continueTransfer(state, role);
    resignIfRemoved(state, role);
  }

  #tick(): void {
    const state = this.#state;
    const { role } = state;
    state.ticks++;
    if (role.name === "leader") this.#tickLeader(role);
    else tickElection(state);
    if (role.name === "follower" && state.role === role) {
      role.ticksSilent++;
      tickForwardedReads(state, role);
      tickJoining(state, role);
    }
  }

  #tickLeader(leader: Leader): void {
    tickReplication(this.#state, leader);
    tickLearners(this.#state, leader);
    tickTransfer(leader);
    tickQuorumCheck(this.#state, leader);
  }

  #persisted({ hardState, last, truncations }: Extract<Input, { type: "persisted" }>): void {
    const state = this.#state;
    if (last !== undefined) state.log.persisted(last, truncations);
    if (hardState !== undefined) {
      state.storedHardState(hardState);
      onStoredVote(state, hardState);
    }
    state.applyMore();
    this.#evict();
  }

  /** Everything up to here was applied. Has no effects. */
  applied(index: LogIndex): void {
    this.#state.log.applied(index);
    this.#evict();
  }

  /** Voters or learners, now or once this node leads. */
  get #hasFollowers(): boolean {
    const { role, isAlone } = this.#state;
    return !isAlone || (role.name === "leader" && role.progress.size > 0);
  }

  #evict(): void {
    const { log, limits } = this.#state;
    log.evict(this.#hasFollowers ? limits.tailBytesMax : 0, limits.tailBytesMax);
  }

  /** A snapshot of the state machine stands for the log up to `index`. */
  snapshotId(index: LogIndex): SnapshotId {
    const term = this.termAt(index);
    assert(term !== undefined, "the term of an applied entry is not known");
    return { index, term, voters: this.votersAt(index) };
  }
}
