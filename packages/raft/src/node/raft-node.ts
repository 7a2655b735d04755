import { assert } from "@millrace/runtime";
import type { ConfirmedRead, Input } from "../core/effects.ts";
import { RaftCore } from "../core/raft-core.ts";
import type { Entry, LogIndex } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import { Applier } from "./applier.ts";
import { LogWriter, type Persisted } from "./log-writer.ts";
import { PendingEntries } from "./pending-entries.ts";
import {
  defaultRaftLimits,
  defaultRaftTiming,
  type Proposed,
  type ProposeExpectation,
  type RaftNodeOptions,
  type RaftStatus,
} from "./raft-node-options.ts";
import { Snapshotter } from "./snapshotter.ts";
import { Ticker } from "./ticker.ts";
import { Waiters } from "./waiters.ts";

/** Drives a `RaftCore`: its storage, transport, clock and state machine. */
export class RaftNode {
  readonly #options: RaftNodeOptions;
  readonly #core: RaftCore;
  readonly #pending: PendingEntries;
  readonly #writer: LogWriter;
  readonly #applier: Applier;
  readonly #snapshotter: Snapshotter;
  readonly #ticker: Ticker;
  readonly #proposals = new Waiters();
  readonly #reads = new Map<number, PromiseWithResolvers<LogIndex>>();
  readonly #readsToApply = new Waiters();
  readonly #roleListeners = new Set<(status: RaftStatus) => void>();
  #untilLeading: PromiseWithResolvers<void>[] = [];
  #nextReadToken = 0;
  #end: RaftError | undefined;
  #stopping: Promise<void> | undefined;

  /**
   * Restores the snapshot into the state machine and joins the quorum; what is committed above it is applied later.
   * Refuses with a `RaftStorageError` or `DiskError` when the storage cannot be read, and with `NOT_A_VOTER` or
   * `TOO_MANY_VOTERS`.
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
    const { storage, stateMachine, runtime } = options;
    const limits = { ...defaultRaftLimits, ...options.limits };
    const timing = { ...defaultRaftTiming, ...options.timing };
    const onFailed = (error: unknown): void => this.#fail(error);
    this.#options = options;
    this.#core = new RaftCore({
      self: options.self,
      bootstrapVoters: options.bootstrapVoters,
      stored: storage.initial,
      random: runtime.random,
      electionTicks: timing.electionTicks,
    });
    this.#pending = new PendingEntries(limits);
    this.#writer = new LogWriter(storage, (persisted) => this.#onPersisted(persisted), onFailed);
    this.#applier = new Applier(this.#core.commitIndex, {
      storage,
      stateMachine,
      executor: runtime.executor,
      pending: this.#pending,
      applyBytesMax: limits.applyBytesMax,
      onApplied: (entries) => this.#onApplied(entries),
      onFailed,
    });
    this.#snapshotter = new Snapshotter({
      storage,
      stateMachine,
      writer: this.#writer,
      snapshotEveryBytes: limits.snapshotEveryBytes,
      logger: runtime.logger,
    });
    this.#ticker = new Ticker(runtime.clocks.liveness, timing.tickMs, () => this.#step({ type: "tick" }));
    options.transport?.start({
      receive: (message) => this.#step({ type: "message", message }),
      onRefused: (leader) => this.#step({ type: "leaderRefused", leader }),
    });
  }

  get status(): RaftStatus {
    return {
      role: this.#core.role.name,
      term: this.#core.term,
      leaderId: this.#core.leader?.id,
      leader: this.#core.leaderRecord,
      lastIndex: this.#core.lastIndex,
      commitIndex: this.#core.commitIndex,
      appliedIndex: this.#applier.appliedIndex,
      voters: this.#core.voters,
      members: [],
    };
  }

  /**
   * Takes the entries at once and synchronously, without waiting for anything: the state machine sees them when they
   * are committed, if they are. Throws a `RaftError`, with nothing taken, when it does not lead, is full or stopped,
   * or when an expectation does not hold.
   */
  append(payloads: readonly Uint8Array[], expected: ProposeExpectation = {}): Proposed {
    if (this.#end !== undefined) throw this.#end;
    const { term, lastIndex } = this.#core;
    if (this.#core.role.name !== "leader") throw new RaftError("NOT_LEADER");
    if ((expected.term ?? term) !== term) throw new RaftError("UNEXPECTED_TERM");
    if ((expected.firstIndex ?? lastIndex + 1) !== lastIndex + 1) throw new RaftError("UNEXPECTED_INDEX");
    this.#pending.checkRoom(payloads);
    this.#orFail(() => {
      const firstIndex = this.#core.propose(payloads);
      assert(firstIndex === lastIndex + 1, "a leader's proposal does not follow its log");
      this.#pump();
    });
    return { firstIndex: lastIndex + 1, lastIndex: lastIndex + payloads.length, term };
  }

  /**
   * Resolves when all of the entries, one a payload, are committed and applied here. Rejects like `append` throws, and
   * with `LEADERSHIP_LOST` or `STOPPED` when the outcome is unknown.
   */
  async propose(payloads: readonly Uint8Array[]): Promise<Proposed> {
    const proposed = this.append(payloads);
    await this.#proposals.until(proposed.lastIndex);
    return proposed;
  }

  /**
   * An index that holds everything committed before the call; resolves when it is applied here, so that a read of the
   * state machine is then linearizable. Rejects with `NOT_LEADER` or `STOPPED`.
   */
  async readIndex(): Promise<LogIndex> {
    if (this.#end !== undefined) throw this.#end;
    const token = this.#nextReadToken++;
    if (!this.#core.readIndex(token)) throw new RaftError("NOT_LEADER");
    const confirmed = Promise.withResolvers<LogIndex>();
    this.#reads.set(token, confirmed);
    this.#pump();
    const index = await confirmed.promise;
    if (index > this.#applier.appliedIndex) await this.#readsToApply.until(index);
    return index;
  }

  /** Resolves when this node leads, at once when it does; rejects with `STOPPED`. With several voters that may be never. */
  untilLeading(): Promise<void> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    if (this.#core.role.name === "leader") return Promise.resolve();
    const leading = Promise.withResolvers<void>();
    this.#untilLeading.push(leading);
    return leading.promise;
  }

  /** Called when role, term or leader changed; returns the function that ends it. */
  onRoleChange(listener: (status: RaftStatus) => void): () => void {
    this.#roleListeners.add(listener);
    return () => this.#roleListeners.delete(listener);
  }

  /** Writes and applies what was taken, then closes storage and transport. New proposals are refused. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#end ??= new RaftError("STOPPED");
    this.#ticker.stop();
    // Each may give the others work: a write commits, an apply makes a snapshot, that one compacts the log.
    await this.#writer.idle();
    await this.#applier.idle();
    await this.#snapshotter.idle();
    await this.#writer.idle();
    this.#rejectWaiting(this.#end);
    await this.#options.transport?.close();
    await this.#options.storage.close();
  }

  #step(input: Input): void {
    this.#orFail(() => {
      this.#core.step(input);
      this.#pump();
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

  #pump(): void {
    const effects = this.#core.takeEffects();
    if (effects.persist !== undefined) {
      this.#pending.push(effects.persist.entries);
      this.#writer.write(effects.persist);
    }
    this.#options.transport?.send(effects.sendNow);
    for (const read of effects.confirmedReads) this.#confirmRead(read);
    if (effects.applyThrough !== undefined) this.#applier.commitTo(effects.applyThrough);
    if (effects.roleChanged) this.#onRoleChanged();
  }

  #confirmRead({ token, index }: ConfirmedRead): void {
    const read = this.#reads.get(token);
    if (index === undefined) read?.reject(new RaftError("NOT_LEADER"));
    else read?.resolve(index);
    this.#reads.delete(token);
  }

  #onRoleChanged(): void {
    const status = this.status;
    this.#options.runtime.logger.info(
      { role: status.role, term: status.term, leaderId: status.leaderId },
      "raft role changed",
    );
    this.#ticker.run(this.#core.needsTicks && this.#end === undefined);
    if (status.role === "leader") for (const { resolve } of this.#untilLeading.splice(0)) resolve();
    for (const listener of this.#roleListeners) listener(status);
  }

  #onPersisted({ hardState, last, thenSend }: Persisted): void {
    this.#options.transport?.send(thenSend);
    this.#step({ type: "persisted", hardState, last });
  }

  #onApplied(entries: readonly Entry[]): void {
    const index = this.#applier.appliedIndex;
    this.#proposals.applied(index);
    this.#readsToApply.applied(index);
    this.#snapshotter.applied(entries, () => this.#core.snapshotId(index));
    this.#core.step({ type: "applied", index });
  }

  /** Nothing may be written or applied any more; the runtime ends the node. */
  #fail(error: unknown): void {
    if (this.#end === undefined) this.#end = new RaftError("STOPPED", { cause: error });
    this.#applier.stop();
    this.#ticker.stop();
    this.#rejectWaiting(this.#end);
    this.#options.runtime.fail(error);
  }

  #rejectWaiting(error: RaftError): void {
    this.#proposals.fail(error);
    this.#readsToApply.fail(error);
    for (const read of this.#reads.values()) read.reject(error);
    this.#reads.clear();
    for (const { reject } of this.#untilLeading.splice(0)) reject(error);
  }
}
