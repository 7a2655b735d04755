import type { Timer } from "@millrace/runtime";
import type { ConfirmedRead, Effects, Input, ReadEntries } from "../core/effects.ts";
import type { VoterChange } from "../core/membership.ts";
import { RaftCore } from "../core/raft-core.ts";
import type { Entry, LogIndex, MemberKey, SnapshotId, Voter } from "../entry.ts";
import { sameMember } from "../member-key.ts";
import { RaftError } from "../raft-error.ts";
import { Applier } from "./applier.ts";
import { Callers } from "./callers.ts";
import { LogWriter, type Persisted } from "./log-writer.ts";
import { memberStatus } from "./member-status.ts";
import { ProposalRoom } from "./proposal-room.ts";
import {
  defaultRaftLimits,
  defaultRaftTiming,
  type Proposed,
  type ProposeExpectation,
  type RaftLimits,
  type RaftNodeOptions,
  type RaftStatus,
  type RaftTiming,
} from "./raft-node-options.ts";
import { SnapshotIntake } from "./snapshot-intake.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
import { Snapshotter } from "./snapshotter.ts";
import { Ticker } from "./ticker.ts";

/** Drives a `RaftCore`: its storage, transport, clock and state machine. */
export class RaftNode {
  readonly #options: RaftNodeOptions;
  readonly #limits: RaftLimits;
  readonly #timing: RaftTiming;
  readonly #core: RaftCore;
  readonly #room: ProposalRoom;
  readonly #writer: LogWriter;
  readonly #applier: Applier;
  readonly #snapshotter: Snapshotter;
  readonly #snapshotSender: SnapshotSender;
  readonly #snapshotIntake: SnapshotIntake;
  readonly #ticker: Ticker;
  readonly #callers = new Callers();
  readonly #roleListeners = new Set<(status: RaftStatus) => void>();
  #campaignTimer: Timer | undefined;
  /** Of what was proposed here last. */
  #proposalTerm = 0;
  #isPumpDue = false;
  /** Neither ticks nor messages count any more. */
  #isDeaf = false;
  #end: RaftError | undefined;
  #stopping: Promise<void> | undefined;

  /**
   * Restores the snapshot into the state machine and joins the quorum, as a voter or, when it is none, as a learner;
   * what is committed above the snapshot is applied later. Refuses with a `RaftStorageError` or `DiskError` when the
   * storage cannot be read, and with `NOT_A_VOTER` when it is no voter and has no endpoint to be reached at.
   */
  static async open(options: RaftNodeOptions): Promise<RaftNode> {
    const snapshot = await options.storage.loadSnapshot();
    if (snapshot !== undefined) await options.stateMachine.restore(snapshot.id, snapshot.chunks);
    const node = new RaftNode(options);
    node.#orFail(() => node.#pump());
    return node;
  }

  /** `open` makes nodes. */
  private constructor(options: RaftNodeOptions) {
    const { storage, stateMachine, runtime, transport } = options;
    const { logger } = runtime;
    const limits = { ...defaultRaftLimits, ...options.limits };
    const timing = { ...defaultRaftTiming, ...options.timing };
    const onFailed = (error: unknown): void => this.#fail(error);
    this.#options = options;
    this.#limits = limits;
    this.#timing = timing;
    this.#core = new RaftCore({
      ...options,
      ...timing,
      stored: storage.initial,
      random: runtime.random,
      limits,
    });
    this.#room = new ProposalRoom(limits);
    this.#writer = new LogWriter(storage, (persisted) => this.#onPersisted(persisted), onFailed);
    this.#applier = new Applier(this.#core.commitIndex, {
      storage,
      stateMachine,
      executor: runtime.executor,
      recent: this.#core,
      applyBytesMax: limits.applyBytesMax,
      onApplied: (entries) => this.#onApplied(entries),
      onRestored: () => this.#onRestored(),
      onFailed,
    });
    this.#snapshotter = new Snapshotter({
      storage,
      stateMachine,
      writer: this.#writer,
      snapshotEveryBytes: limits.snapshotEveryBytes,
      logger,
      onCompacted: (firstIndex) => this.#step({ type: "compacted", firstIndex }),
    });
    this.#snapshotSender = new SnapshotSender({
      storage,
      pieceBytes: limits.snapshotPieceBytes,
      logger,
      onRead: (to, piece) => this.#step({ type: "snapshotRead", to, piece }),
    });
    this.#snapshotIntake = new SnapshotIntake({
      storage,
      logger,
      onReceived: (received) => this.#step(received),
      onFailed,
    });
    this.#ticker = new Ticker(runtime.clocks.liveness, timing.tickMs, () => this.#hear({ type: "tick" }));
    transport?.start({
      receive: (message) => this.#hear({ type: "message", message }),
      onRefused: (leader) => this.#hear({ type: "leaderRefused", leader }),
    });
  }

  get status(): RaftStatus {
    const core = this.#core;
    return {
      role: core.role.name,
      term: core.term,
      leaderId: core.leader?.id,
      leader: core.leaderRecord,
      lastIndex: core.lastIndex,
      commitIndex: core.commitIndex,
      appliedIndex: this.#applier.appliedIndex,
      voters: core.voters,
      members: memberStatus(core, this.#timing.tickMs),
    };
  }

  /** Of this node's log, committed or not. */
  get lastIndex(): LogIndex {
    return this.#core.lastIndex;
  }

  /**
   * Takes the entries at once and synchronously, without waiting for anything: the state machine sees them when they
   * are committed, if they are. Throws a `RaftError`, with nothing taken, when it does not lead (`NOT_LEADER`, with the
   * leader), is full or stopped, or when an expectation does not hold.
   */
  append(payloads: readonly Uint8Array[], expected: ProposeExpectation = {}): Proposed {
    if (this.#end !== undefined) throw this.#end;
    const { term, lastIndex, role } = this.#core;
    if (role.name !== "leader") throw this.#notLeader();
    if ((expected.term ?? term) !== term) throw new RaftError("UNEXPECTED_TERM");
    if ((expected.firstIndex ?? lastIndex + 1) !== lastIndex + 1) throw new RaftError("UNEXPECTED_INDEX");
    this.#room.check(payloads);
    const firstIndex = this.#core.propose(payloads);
    if (firstIndex === undefined) throw this.#notLeader();
    const proposed = { firstIndex, lastIndex: firstIndex + payloads.length - 1, term };
    this.#proposalTerm = term;
    this.#room.take(proposed.lastIndex, payloads);
    this.#pumpSoon();
    return proposed;
  }

  /**
   * Resolves when all of the entries, one a payload, are committed and applied here. Rejects like `append` throws, and
   * with `LEADERSHIP_LOST` or `STOPPED` when the outcome is unknown.
   */
  async propose(payloads: readonly Uint8Array[]): Promise<Proposed> {
    const proposed = this.append(payloads);
    await this.#callers.untilProposalApplied(proposed.lastIndex);
    return proposed;
  }

  /**
   * An index that holds everything committed before the call, by a leader that was one during it; resolves when it is
   * applied here, on any node, so that a read of this state machine is then linearizable. Rejects with `NOT_LEADER`
   * when no leader is known or it was lost, with `PENDING_FULL`, and with `STOPPED`.
   */
  async readIndex(): Promise<LogIndex> {
    if (this.#end !== undefined) throw this.#end;
    if (this.#callers.reads >= this.#limits.pendingReadsMax) throw new RaftError("PENDING_FULL");
    if (!this.#core.readIndex(this.#callers.nextReadToken)) throw this.#notLeader();
    const confirmed = this.#callers.untilReadConfirmed();
    this.#pumpSoon();
    const index = await confirmed;
    if (index > this.#applier.appliedIndex) await this.#callers.untilReadApplied(index);
    return index;
  }

  /**
   * Makes a learner that has caught up a voter; resolves when that is committed. Rejects with `NOT_LEADER`,
   * `NOT_CAUGHT_UP`, `DUPLICATE_VOTER` (also for another directory of a voter's id: remove that one first),
   * `CHANGE_IN_PROGRESS`, and like `propose`.
   */
  addVoter(voter: Voter): Promise<void> {
    return this.#changeVoters({ type: "add", voter });
  }

  /**
   * A leader may remove itself, and hands over once that is committed. A node that was removed goes on as a learner.
   * Rejects with `NOT_LEADER`, `UNKNOWN_VOTER`, `LAST_VOTER`, `CHANGE_IN_PROGRESS`, and like `propose`.
   */
  removeVoter(member: MemberKey): Promise<void> {
    return this.#changeVoters({ type: "remove", member });
  }

  /** Another endpoint for the same voter. Rejects like `removeVoter`. */
  updateVoter(voter: Voter): Promise<void> {
    return this.#changeVoters({ type: "update", voter });
  }

  /**
   * Hands over to `target`, or to the voter that has most of the log; proposals are refused meanwhile. Resolves when
   * this node leads no longer. Rejects with `NOT_LEADER`, with `UNKNOWN_VOTER` when there is no such voter, and with
   * `TRANSFER_FAILED` when the target did not take over within an election timeout.
   */
  async transferLeadership(target?: MemberKey): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    if (this.#core.role.name !== "leader") throw this.#notLeader();
    if (target !== undefined && sameMember(target, this.#options.self)) return;
    await this.#handOver(target);
  }

  /** Resolves when this node leads, at once when it does; rejects with `STOPPED`. With several voters that may be never. */
  untilLeading(): Promise<void> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    if (this.#core.role.name === "leader") return Promise.resolve();
    return this.#callers.untilLeading();
  }

  /** Called when role, term or leader changed; returns the function that ends it. */
  onRoleChange(listener: (status: RaftStatus) => void): () => void {
    this.#roleListeners.add(listener);
    return () => this.#roleListeners.delete(listener);
  }

  /**
   * A leader hands over first, for an election timeout at most. Then writes and applies what was taken, and closes
   * storage and transport. New proposals are refused.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (this.#end === undefined) {
      this.#end = new RaftError("STOPPED");
      if (this.#core.role.name === "leader") await this.#handOver().catch(() => {});
    }
    this.#isDeaf = true;
    this.#ticker.stop();
    this.#campaignTimer?.cancel();
    await this.#drain();
    this.#callers.end(this.#end);
    await this.#options.transport?.close();
    await this.#snapshotSender.close();
    await this.#snapshotIntake.close();
    await this.#options.storage.close();
  }

  /** Each may give the others work: a write commits, an apply makes a snapshot, that one compacts the log. */
  async #drain(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      this.#orFail(() => this.#pump());
      await this.#writer.idle();
      this.#orFail(() => this.#pump());
      await this.#applier.idle();
      await this.#snapshotter.idle();
    }
    await this.#writer.idle();
  }

  async #changeVoters(change: VoterChange): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    const index = this.#core.changeVoters(change);
    if (index === "NOT_LEADER") throw this.#notLeader();
    if (typeof index === "string") throw new RaftError(index);
    this.#proposalTerm = this.#core.term;
    this.#pumpSoon();
    await this.#callers.untilProposalApplied(index);
  }

  async #handOver(target?: MemberKey): Promise<void> {
    if (this.#core.transferLeadership(target) === undefined) throw new RaftError("UNKNOWN_VOTER");
    const transferred = this.#callers.untilTransferred();
    this.#pumpSoon();
    await transferred;
  }

  #notLeader(): RaftError {
    const { role, leaderRecord, voters } = this.#core;
    const next = role.name === "leader" ? role.transfer?.target : undefined;
    const leader = next === undefined ? leaderRecord : voters.find((voter) => sameMember(voter, next));
    return new RaftError("NOT_LEADER", { leader });
  }

  /** What comes from outside. */
  #hear(input: Input): void {
    if (!this.#isDeaf) this.#step(input);
  }

  #step(input: Input): void {
    this.#orFail(() => {
      this.#core.step(input);
      this.#pumpSoon();
    });
  }

  /** What a core or a listener of ours throws is a bug, whoever's call it came up in. */
  #orFail(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What is proposed and heard in one go is answered in one go. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      if (this.#isPumpDue) this.#orFail(() => this.#pump());
    });
  }

  #pump(): void {
    this.#isPumpDue = false;
    const effects = this.#core.takeEffects();
    const { transport } = this.#options;
    if (effects.members !== undefined) transport?.setMembers(effects.members);
    if (effects.persist !== undefined) this.#writer.write(effects.persist);
    if (effects.sendNow.length > 0) transport?.send(effects.sendNow);
    for (const { endpoints, message } of effects.contacts) transport?.contact(endpoints, message);
    this.#transferLogs(effects);
    for (const read of effects.confirmedReads) this.#confirmRead(read);
    if (effects.restore !== undefined) this.#applier.restore(effects.restore);
    if (effects.applyThrough !== undefined) this.#applier.commitTo(effects.applyThrough);
    if (effects.campaignAfter !== undefined) this.#campaignAfter(effects.campaignAfter);
    if (effects.roleChanged) this.#onRoleChanged();
    this.#settleTransfer();
    if (!this.#isDeaf) this.#ticker.run(this.#core.needsTicks);
  }

  /** What followers need from the disk, and what this node is sent. */
  #transferLogs({
    readEntries,
    readSnapshots,
    endSnapshots,
    snapshotChunks,
    installSnapshot,
  }: Effects): void {
    for (const read of readEntries) void this.#readEntries(read).catch((error) => this.#fail(error));
    for (const member of endSnapshots) this.#snapshotSender.end(member);
    for (const read of readSnapshots) this.#snapshotSender.read(read);
    for (const chunk of snapshotChunks) this.#snapshotIntake.take(chunk);
    if (installSnapshot !== undefined) this.#writer.between(() => this.#install(installSnapshot));
  }

  async #readEntries({ to, from, through, bytesMax }: ReadEntries): Promise<void> {
    const stored = Math.min(through, this.#core.stableIndex);
    const entries = await this.#options.storage.read(from, stored, bytesMax);
    this.#step({ type: "entriesRead", to, entries });
  }

  /** Between two writes: the log changes, and nothing may be applied from it meanwhile. */
  async #install(snapshot: SnapshotId): Promise<void> {
    this.#applier.hold();
    const installed = await this.#snapshotIntake.install();
    this.#options.runtime.logger.info({ index: snapshot.index, installed }, "raft snapshot received");
    this.#step({ type: "snapshotInstalled", snapshot, installed });
    this.#orFail(() => this.#pump());
    this.#applier.resume();
  }

  #confirmRead({ token, index }: ConfirmedRead): void {
    if (index === undefined) this.#callers.readRefused(token, this.#notLeader());
    else this.#callers.readConfirmed(token, index);
  }

  #campaignAfter({ delayMs, term }: NonNullable<Effects["campaignAfter"]>): void {
    this.#campaignTimer?.cancel();
    this.#campaignTimer = this.#options.runtime.clocks.liveness.setTimer(delayMs, () => {
      this.#hear({ type: "campaignNow", term });
    });
  }

  #onRoleChanged(): void {
    const status = this.status;
    this.#options.runtime.logger.info(
      { role: status.role, term: status.term, leaderId: status.leaderId },
      "raft role changed",
    );
    const leads = status.role === "leader";
    if (!leads || status.term !== this.#proposalTerm) {
      this.#room.clear();
      if (this.#callers.hasProposals) {
        this.#callers.leadsNoLonger(this.#ownCommitIndex(), new RaftError("LEADERSHIP_LOST"));
      }
    }
    // Whoever stops waits for what it proposed, and is not to take another leader's entries for that.
    if (!leads && this.#end !== undefined) this.#applier.finishAt(this.#ownCommitIndex());
    if (leads) this.#callers.leads();
    for (const listener of this.#roleListeners) listener(status);
  }

  /**
   * How far what was proposed here is committed. What deposed this node may have replaced its entries and committed others
   * in their places with one message: only those still in the log in the term of the proposals are theirs.
   */
  #ownCommitIndex(): LogIndex {
    const term = this.#proposalTerm;
    let index = this.#core.commitIndex;
    while ((this.#core.termAt(index) ?? 0) > term) index--;
    return this.#core.termAt(index) === term ? index : 0;
  }

  #settleTransfer(): void {
    const { role } = this.#core;
    if (!this.#callers.isTransferring) return;
    if (role.name !== "leader") this.#callers.transferEnded();
    else if (role.transfer === undefined) this.#callers.transferEnded(new RaftError("TRANSFER_FAILED"));
  }

  #onPersisted({ thenSend, ...written }: Persisted): void {
    if (thenSend.length > 0) this.#options.transport?.send(thenSend);
    this.#step({ type: "persisted", ...written });
  }

  #onApplied(entries: readonly Entry[]): void {
    const index = this.#applier.appliedIndex;
    this.#resolveApplied(index);
    // A snapshot that is about to be restored may have taken the place of these.
    if (this.#core.termAt(index) !== undefined) {
      this.#snapshotter.applied(entries, () => this.#core.snapshotId(index));
    }
    this.#core.applied(index);
  }

  #onRestored(): void {
    this.#resolveApplied(this.#applier.appliedIndex);
  }

  #resolveApplied(index: LogIndex): void {
    this.#room.applied(index);
    this.#callers.applied(index);
  }

  /** Nothing may be written or applied any more; the runtime ends the node. */
  #fail(error: unknown): void {
    if (this.#end?.cause === undefined) this.#end = new RaftError("STOPPED", { cause: error });
    this.#isDeaf = true;
    this.#applier.stop();
    this.#ticker.stop();
    this.#campaignTimer?.cancel();
    this.#callers.end(this.#end);
    this.#options.runtime.fail(error);
  }
}
