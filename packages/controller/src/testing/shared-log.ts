import { type MemberKey, RaftError, type RaftStatus, type Voter } from "@millrace/raft";
import type {
  AppendExpectation,
  CommitLog,
  CommitLogListener,
  CommittedBatch,
  EncodedBatch,
  LogPosition,
} from "@millrace/replicated-state";
import { assert } from "@millrace/runtime";
import type { ControllerQuorum } from "../controller/controller-quorum.ts";

/** One log under several controllers, without raft: everything is committed at once, and the test says who leads. */
export class SharedLog {
  readonly #members = new Map<number, MemberLog>();
  readonly #batches: CommittedBatch[] = [];
  #position: LogPosition = { offset: 0, epoch: 0 };
  #leader: number | undefined;
  /** Of the quorum, in the order in which they were asked for. */
  readonly changes: string[] = [];
  readonly listeners = new Set<() => void>();
  /** What the next changes of the quorum meet instead of being made. */
  refusals: Error[] = [];

  constructor(voters: readonly Voter[]) {
    for (const voter of voters) this.#members.set(voter.id, new MemberLog(this, voter));
  }

  member(id: number): MemberLog {
    const member = this.#members.get(id);
    assert(member !== undefined, "no such member");
    return member;
  }

  get leader(): Voter | undefined {
    return this.#leader === undefined ? undefined : this.member(this.#leader).voter;
  }

  get position(): LogPosition {
    return this.#position;
  }

  get voters(): readonly Voter[] {
    return [...this.#members.values()].map(({ voter }) => voter);
  }

  batchesAfter(offset: number): CommittedBatch[] {
    return this.#batches.filter(({ baseOffset }) => baseOffset > offset);
  }

  /** This one leads from now on, in a new epoch; undefined: nobody does. */
  async lead(id: number | undefined): Promise<void> {
    const before = this.#leader;
    this.#leader = id;
    if (before !== undefined) this.member(before).listener?.onResign();
    for (const listener of this.listeners) listener();
    if (id === undefined) return;
    this.#position = { offset: this.#position.offset + 1, epoch: this.#position.epoch + 1 };
    await this.publish();
    this.member(id).listener?.onLead(this.#position.epoch, this.#position.offset + 1);
  }

  append(batches: readonly EncodedBatch[], { epoch, baseOffset }: AppendExpectation): void {
    assert(epoch === this.#position.epoch, "appends in an epoch that is over");
    assert(baseOffset === this.#position.offset + 1, "appends somewhere else than at the end");
    for (const records of batches) {
      this.#position = { epoch, offset: this.#position.offset + 1 };
      this.#batches.push({ baseOffset: this.#position.offset, epoch, records });
    }
    queueMicrotask(() => void this.publish());
  }

  async publish(): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => member.catchUp()));
  }
}

class MemberLog implements CommitLog, ControllerQuorum {
  readonly voter: Voter;
  readonly #shared: SharedLog;
  listener: CommitLogListener | undefined;
  #handedOver = 0;
  #catchingUp: Promise<void> = Promise.resolve();

  constructor(shared: SharedLog, voter: Voter) {
    this.#shared = shared;
    this.voter = voter;
  }

  async open(listener: CommitLogListener): Promise<void> {
    this.listener = listener;
    await this.catchUp();
  }

  get nextOffset(): number {
    return this.#shared.position.offset + 1;
  }

  append(batches: readonly EncodedBatch[], expected: AppendExpectation): void {
    this.#shared.append(batches, expected);
  }

  span(): number {
    return 1;
  }

  async close(): Promise<void> {
    this.listener = undefined;
  }

  catchUp(): Promise<void> {
    this.#catchingUp = this.#catchingUp.then(async () => {
      const { position } = this.#shared;
      if (this.listener === undefined || position.offset === this.#handedOver) return;
      const batches = this.#shared.batchesAfter(this.#handedOver);
      this.#handedOver = position.offset;
      await this.listener.onCommit(position, batches);
    });
    return this.#catchingUp;
  }

  get status(): RaftStatus {
    const { leader, position, voters } = this.#shared;
    const { offset: lastIndex, epoch: term } = position;
    const isLeader = leader?.id === this.voter.id;
    const members = voters.map((voter) => ({
      ...voter,
      isVoter: true,
      matchIndex: lastIndex,
      lag: 0,
      sinceContactMs: 0,
      sinceCaughtUpMs: 0,
    }));
    return {
      role: isLeader ? "leader" : "follower",
      term,
      leaderId: leader?.id,
      leader,
      lastIndex,
      commitIndex: lastIndex,
      appliedIndex: this.#handedOver,
      voters,
      members: isLeader ? members : [],
    };
  }

  onChange(listener: () => void): () => void {
    this.#shared.listeners.add(listener);
    return () => this.#shared.listeners.delete(listener);
  }

  async confirmLeads(): Promise<void> {
    if (this.status.role !== "leader") throw new RaftError("LEADERSHIP_LOST");
  }

  #mayChange(): void {
    const refusal = this.#shared.refusals.shift();
    if (refusal !== undefined) throw refusal;
  }

  async addVoter({ id, directoryId, endpoint }: Voter): Promise<void> {
    this.#mayChange();
    this.#shared.changes.push(`add ${id} ${directoryId} at ${endpoint.host}:${endpoint.port}`);
  }

  async updateVoter({ id, directoryId, endpoint }: Voter): Promise<void> {
    this.#mayChange();
    this.#shared.changes.push(`update ${id} ${directoryId} at ${endpoint.host}:${endpoint.port}`);
  }

  async removeVoter({ id, directoryId }: MemberKey): Promise<void> {
    this.#mayChange();
    this.#shared.changes.push(`remove ${id} ${directoryId}`);
  }

  async transferLeadership({ id }: MemberKey): Promise<void> {
    this.#mayChange();
    await this.#shared.lead(id);
  }
}
