import { assert, type Random, randomBelow } from "@millrace/runtime";
import type { Endpoint, EntryKind, HardState, LogIndex, MemberKey, Term, Voter } from "../entry.ts";
import { memberKey, sameMember } from "../member-key.ts";
import type { Message } from "../message.ts";
import { Members } from "./members.ts";
import { Outbox } from "./outbox.ts";
import { owedReads } from "./owed-reads.ts";
import { defaultRaftCoreLimits, type RaftCoreLimits, type RaftCoreOptions } from "./raft-core-options.ts";
import { RaftLog } from "./raft-log.ts";
import type { Follower, Read, Role } from "./roles.ts";
import { type GivenVote, type SafetyRules, safetyRules } from "./safety-rules.ts";

/** The term is the sender's, where none is given. */
type Unaddressed<M> = M extends Message ? Omit<M, "from" | "term"> & { readonly term?: Term } : never;

/** What the parts of the core share: term, vote, log, commit index, role, and what is to be done about them. */
export class RaftState {
  readonly self: MemberKey;
  readonly endpoint: Endpoint | undefined;
  readonly contacts: readonly Endpoint[];
  readonly bootstrapVoters: readonly Voter[];
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly limits: RaftCoreLimits;
  readonly rules: SafetyRules;
  readonly random: Random;
  readonly log: RaftLog;
  readonly outbox = new Outbox();
  role: Role;
  /** Since the start. */
  ticks = 0;
  /** A received snapshot is being made the storage's: its log is about to follow it, and takes nothing meanwhile. */
  isInstalling = false;
  /** Campaigns since the leader's port first refused. */
  earlyCampaigns = 0;
  /** Never one that was used, not even before a restart: an old answer must not pass for a new one. */
  nextReadRequest: number;
  #hardState: HardState;
  #storedHardState: HardState;
  #vote: GivenVote | undefined;
  #commitIndex: LogIndex;
  #applyThrough: LogIndex;
  readonly #members: Members;

  constructor(options: RaftCoreOptions) {
    const { stored } = options;
    this.self = memberKey(options.self);
    this.#members = new Members(this.self);
    this.endpoint = options.endpoint;
    this.contacts = options.contacts ?? [];
    this.bootstrapVoters = options.bootstrapVoters;
    this.electionTicks = options.electionTicks;
    this.heartbeatTicks = options.heartbeatTicks ?? Math.max(1, Math.floor(options.electionTicks / 5));
    this.limits = { ...defaultRaftCoreLimits, ...options.limits };
    this.rules = options.rules === undefined ? safetyRules : { ...safetyRules, ...options.rules };
    this.random = options.random;
    this.nextReadRequest = randomBelow(options.random, 2 ** 32) * 2 ** 20;
    this.log = new RaftLog(stored);
    this.#hardState = stored.hardState;
    this.#storedHardState = stored.hardState;
    const { votedFor } = stored.hardState;
    if (votedFor !== undefined) this.#vote = { id: votedFor, directoryId: undefined };
    this.#commitIndex = stored.snapshot?.index ?? 0;
    this.#applyThrough = this.#commitIndex;
    assert(stored.lastIndex >= this.#commitIndex, "log ends below its snapshot");
    assert(this.log.last.term <= stored.hardState.term, "log is of a later term than the hard state");
    this.role = this.follower(undefined);
    this.outbox.roleChanged = true;
    this.votersChanged();
  }

  get term(): Term {
    return this.#hardState.term;
  }

  get vote(): GivenVote | undefined {
    return this.#vote;
  }

  get commitIndex(): LogIndex {
    return this.#commitIndex;
  }

  /** The voter set in force: the last in the log, committed or not (Ongaro's thesis, 4.1). */
  get voters(): readonly Voter[] {
    return this.#members.voters;
  }

  get isVoter(): boolean {
    return this.#members.isVoter;
  }

  /**
   * The newest voter set leaves this node out, and may still be dropped. If only this node has it, nobody else can be
   * elected (thesis, 4.2.2): it goes on campaigning, without a vote of its own, until that set is committed or gone.
   */
  get isLeaving(): boolean {
    const { voterSet } = this.log;
    if (this.isVoter || voterSet === undefined || voterSet.index <= this.#commitIndex) return false;
    const before = this.log.votersAt(voterSet.index - 1) ?? this.bootstrapVoters;
    return before.some((voter) => sameMember(voter, this.self));
  }

  /** Nobody else has to agree to anything. */
  get isAlone(): boolean {
    return this.isVoter && this.voters.length === 1;
  }

  get leader(): MemberKey | undefined {
    if (this.role.name === "leader") return this.self;
    return this.role.name === "follower" ? this.role.leader : undefined;
  }

  /** Stickiness (thesis, 4.2.3): a leader that lost its quorum steps down by itself. */
  get hearsFromLeader(): boolean {
    if (this.role.name === "leader") return true;
    const { role } = this;
    return role.name === "follower" && role.leader !== undefined && role.ticksSilent < this.electionTicks;
  }

  isMajority(count: number): boolean {
    return this.rules.isMajority(count, this.voters.length);
  }

  /** Whether those named are a majority of the voters; others do not count. */
  isMajorityOf(names: ReadonlySet<string>): boolean {
    return this.isMajority(this.#members.countVoters(names));
  }

  electionTimeout(): number {
    return this.electionTicks + randomBelow(this.random, this.electionTicks);
  }

  /** The log has another voter set at its end. */
  votersChanged(): void {
    this.#members.vote(this.log.voterSet?.voters ?? this.bootstrapVoters);
    this.membersChanged();
  }

  /** Someone outside of the voter set, for a time at least, who may need answers. */
  getToKnow(member: Voter): void {
    this.#members.getToKnow(member);
    this.membersChanged();
  }

  /** With its endpoint, as far as that is known. */
  recordOf(member: MemberKey): Voter | undefined {
    return this.#members.recordOf(member);
  }

  /** The transport has to reach others than before. */
  membersChanged(): void {
    const followers = this.role.name === "leader" ? [...this.role.progress.values()] : [];
    this.outbox.members = this.#members.everyoneElse(followers.map(({ member }) => member));
  }

  become(role: Role): void {
    const before = this.role;
    this.role = role;
    this.outbox.roleChanged = true;
    for (const read of owedReads(before)) this.answerRead(read, undefined);
    if (before.name === "leader") {
      for (const { mode, member } of before.progress.values()) {
        if (mode.name === "snapshot") this.outbox.endSnapshots.push(memberKey(member));
      }
    }
    if (before.name === "leader" || role.name === "leader") this.membersChanged();
  }

  follower(leader: MemberKey | undefined): Follower {
    const timeoutTicks = this.electionTimeout();
    return {
      name: "follower",
      leader: leader === undefined ? undefined : memberKey(leader),
      ticksSilent: 0,
      timeoutTicks,
      ticksToElection: timeoutTicks,
      ticksToJoin: 1,
      reads: { asked: [], requestToken: 0, ticksToRepeat: 0, waiting: [] },
    };
  }

  /** Follows in a term that is this one or later. */
  follow(term: Term, leader: MemberKey | undefined): void {
    if (term > this.term) this.#setHardState({ term, votedFor: undefined }, undefined);
    this.become(this.follower(leader));
  }

  /** In the current term or, for a campaign, the next. */
  voteFor(candidate: MemberKey, term: Term): void {
    this.#setHardState({ term, votedFor: candidate.id }, memberKey(candidate));
  }

  /** A write of what this node must never forget is done. */
  storedHardState(hardState: HardState): void {
    this.#storedHardState = hardState;
  }

  /** Its current term and vote are on the disk. */
  get hasStoredVote(): boolean {
    const { term, votedFor } = this.#storedHardState;
    return term === this.#hardState.term && votedFor === this.#hardState.votedFor;
  }

  append(kind: EntryKind, payload: Uint8Array): void {
    const entry = { index: this.log.last.index + 1, term: this.term, kind, payload };
    this.log.append(entry);
    this.outbox.write(entry);
    if (kind === "voters") this.votersChanged();
  }

  commitTo(index: LogIndex): void {
    if (index <= this.#commitIndex) return;
    assert(index <= this.log.last.index, "commits beyond the end of the log");
    this.#commitIndex = index;
    this.applyMore();
  }

  /** What is applied here is committed, and on the disk here: a snapshot is never ahead of its log. */
  applyMore(): void {
    const through = Math.min(this.#commitIndex, this.log.stableIndex);
    if (through <= this.#applyThrough) return;
    this.#applyThrough = through;
    this.outbox.applyThrough = through;
  }

  /** The state machine is to stand for a snapshot that came in. */
  restoreAt(index: LogIndex): void {
    this.#commitIndex = Math.max(this.#commitIndex, index);
    this.#applyThrough = Math.max(this.#applyThrough, index);
    this.applyMore();
  }

  send(message: Unaddressed<Message>): void {
    this.outbox.sendNow.push(this.#address(message));
  }

  /** Sends it once everything that was decided until now is on the disk. */
  sendAfterWrites(message: Unaddressed<Message>): void {
    const isStored = this.hasStoredVote && this.log.stableIndex === this.log.last.index;
    (isStored ? this.outbox.sendNow : this.outbox.thenSend).push(this.#address(message));
  }

  /** Of its own caller, or of a follower; without an `index`, nobody will confirm it. */
  answerRead({ origin, token }: Read, index: LogIndex | undefined): void {
    if (origin === undefined) this.outbox.confirmedReads.push({ token, index });
    else this.send({ type: "readIndexResponse", to: origin, token, index });
  }

  #address(message: Unaddressed<Message>): Message {
    return { from: this.self, term: this.term, ...message } as Message;
  }

  #setHardState(hardState: HardState, vote: MemberKey | undefined): void {
    const before = this.#hardState;
    assert(hardState.term >= before.term, "term goes back");
    this.#hardState = hardState;
    this.#vote = vote;
    if (hardState.term !== before.term || hardState.votedFor !== before.votedFor)
      this.outbox.hardState = hardState;
  }
}
