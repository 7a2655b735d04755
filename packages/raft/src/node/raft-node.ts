import type { VoterChange } from "../core/membership.ts";
import { RaftCore } from "../core/raft-core.ts";
import type { LogIndex, MemberKey, Term, Voter } from "../entry.ts";
import { sameMember } from "../member-key.ts";
import { RaftError } from "../raft-error.ts";
import { CoreDriver } from "./core-driver.ts";
import { Leadership } from "./leadership.ts";
import { notLeader } from "./not-leader.ts";
import { OwnProposals } from "./own-proposals.ts";
import { OwnReads } from "./own-reads.ts";
import {
  defaultRaftLimits,
  defaultRaftTiming,
  type Proposed,
  type ProposeExpectation,
  type RaftNodeOptions,
  type RaftStatus,
} from "./raft-node-options.ts";
import { raftStatus } from "./raft-status.ts";

/** A member of a quorum: its log, and the state machine on it. */
export class RaftNode {
  readonly #options: RaftNodeOptions;
  readonly #tickMs: number;
  readonly #core: RaftCore;
  readonly #driver: CoreDriver;
  readonly #proposals: OwnProposals;
  readonly #reads: OwnReads;
  readonly #leadership: Leadership;
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
    node.#driver.start();
    return node;
  }

  /** `open` makes nodes. */
  private constructor(options: RaftNodeOptions) {
    const { storage, runtime } = options;
    const limits = { ...defaultRaftLimits, ...options.limits };
    const timing = { ...defaultRaftTiming, ...options.timing };
    const core = new RaftCore({
      ...options,
      ...timing,
      stored: storage.initial,
      random: runtime.random,
      limits,
    });
    this.#options = options;
    this.#tickMs = timing.tickMs;
    this.#core = core;
    this.#driver = new CoreDriver({
      ...options,
      core,
      limits,
      timing,
      events: {
        onConfirmedRead: (read) => this.#reads.confirmed(read),
        onApplied: (index) => this.#onApplied(index),
        onRoleChanged: () => this.#onRoleChanged(),
        onPumped: () => this.#leadership.settleTransfer(),
        onFailed: (error) => this.#onFailed(error),
      },
    });
    this.#proposals = new OwnProposals(core, this.#driver, limits);
    this.#reads = new OwnReads(core, this.#driver, limits.pendingReadsMax);
    this.#leadership = new Leadership(core, this.#driver);
  }

  get status(): RaftStatus {
    return raftStatus(this.#core, this.#driver.appliedIndex, this.#tickMs);
  }

  /** Of this node's log, committed or not. */
  get lastIndex(): LogIndex {
    return this.#core.lastIndex;
  }

  /** The term in which it leads now; undefined while it does not. Costs nothing, unlike `status`. */
  get leadsTerm(): Term | undefined {
    return this.#core.role.name === "leader" ? this.#core.term : undefined;
  }

  /**
   * Takes the entries at once and synchronously, without waiting for anything: the state machine sees them when they
   * are committed, if they are. Throws a `RaftError`, with nothing taken, when it does not lead (`NOT_LEADER`, with the
   * leader), is full or stopped, or when an expectation does not hold.
   */
  append(payloads: readonly Uint8Array[], expected: ProposeExpectation = {}): Proposed {
    if (this.#end !== undefined) throw this.#end;
    return this.#proposals.append(payloads, expected);
  }

  /**
   * Resolves when all of the entries, one a payload, are committed and applied here. Rejects like `append` throws, and
   * with `LEADERSHIP_LOST` or `STOPPED` when the outcome is unknown.
   */
  async propose(payloads: readonly Uint8Array[]): Promise<Proposed> {
    const proposed = this.append(payloads);
    await this.#proposals.untilApplied(proposed.lastIndex);
    return proposed;
  }

  /**
   * An index that holds everything committed before the call, by a leader that was one during it; resolves when it is
   * applied here, on any node, so that a read of this state machine is then linearizable. Rejects with `NOT_LEADER`
   * when no leader is known or it was lost, with `PENDING_FULL`, and with `STOPPED`.
   */
  async readIndex(): Promise<LogIndex> {
    if (this.#end !== undefined) throw this.#end;
    return this.#reads.readIndex();
  }

  /**
   * Makes a learner that has caught up a voter; resolves when that is committed. Rejects with `NOT_LEADER`,
   * `NOT_CAUGHT_UP`, `DUPLICATE_VOTER` (also for another directory of a voter's id: remove that one first),
   * `BAD_VOTERS`, `CHANGE_IN_PROGRESS`, and like `propose`.
   */
  async addVoter({ id, directoryId, endpoint }: Voter): Promise<void> {
    await this.#changeVoters({ type: "add", voter: { id, directoryId, endpoint } });
  }

  /**
   * A leader may remove itself, and hands over once that is committed. A node that was removed goes on as a learner.
   * Rejects with `NOT_LEADER`, `UNKNOWN_VOTER`, `LAST_VOTER`, `CHANGE_IN_PROGRESS`, and like `propose`.
   */
  async removeVoter({ id, directoryId }: MemberKey): Promise<void> {
    await this.#changeVoters({ type: "remove", member: { id, directoryId } });
  }

  /** Another endpoint for the same voter. Rejects with `NOT_LEADER`, `UNKNOWN_VOTER`, `BAD_VOTERS`, `CHANGE_IN_PROGRESS`, and like `propose`. */
  async updateVoter({ id, directoryId, endpoint }: Voter): Promise<void> {
    await this.#changeVoters({ type: "update", voter: { id, directoryId, endpoint } });
  }

  /**
   * Hands over to `target`, or to the voter that has most of the log; proposals are refused meanwhile. Resolves when
   * this node leads no longer. Rejects with `NOT_LEADER`, with `UNKNOWN_VOTER` when there is no such voter, and with
   * `TRANSFER_FAILED` when the target did not take over within an election timeout.
   */
  async transferLeadership(target?: MemberKey): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    if (this.#core.role.name !== "leader") throw notLeader(this.#core);
    if (target !== undefined && sameMember(target, this.#options.self)) return;
    await this.#leadership.handOver(target);
  }

  /** Resolves when this node leads, at once when it does; rejects with `STOPPED`. With several voters that may be never. */
  untilLeading(): Promise<void> {
    return this.#end === undefined ? this.#leadership.untilLeading() : Promise.reject(this.#end);
  }

  /** Called when role, term or leader changed; returns the function that ends it. */
  onRoleChange(listener: (status: RaftStatus) => void): () => void {
    return this.#leadership.onRoleChange(listener);
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
      if (this.#core.role.name === "leader") await this.#leadership.handOver().catch(() => {});
    }
    await this.#driver.drain();
    this.#endCallers(this.#end);
    await this.#driver.close();
  }

  async #changeVoters(change: VoterChange): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    await this.#proposals.untilApplied(this.#proposals.changeVoters(change));
  }

  #onApplied(index: LogIndex): void {
    this.#proposals.applied(index);
    this.#reads.applied(index);
  }

  #onRoleChanged(): void {
    const status = this.status;
    const { role, term, leaderId } = status;
    this.#options.runtime.logger.info({ role, term, leaderId }, "raft role changed");
    this.#proposals.roleChanged();
    this.#leadership.roleChanged(status);
  }

  #onFailed(error: unknown): void {
    if (this.#end?.cause === undefined) this.#end = new RaftError("STOPPED", { cause: error });
    this.#endCallers(this.#end);
  }

  #endCallers(error: RaftError): void {
    this.#proposals.end(error);
    this.#reads.end(error);
    this.#leadership.end(error);
  }
}
