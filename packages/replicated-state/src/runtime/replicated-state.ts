import { ApiError, assert, type ErrorName, type MaybePromise } from "@millrace/runtime";
import type { CommitLogListener, CommittedBatch, LogPosition } from "./commit-log.ts";
import type { Decide } from "./decision.ts";
import type { Group } from "./group.ts";
import { followBatches, replayBatches } from "./replay.ts";
import {
  type Commit,
  type CommitListener,
  type DecodedBatch,
  defaultStateLimits,
  type ReplicatedStateOptions,
  type StateRole,
} from "./replicated-state-options.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-stream.ts";
import type { Image } from "./state-definition.ts";
import { Timers } from "./timers.ts";
import { WritePipeline } from "./write-pipeline.ts";

/**
 * A state that is the replay of a log. The leader decides, appends, replays what it appended on its uncommitted state,
 * and answers when the log committed it; everybody else replays what is committed.
 */
export class ReplicatedState<State, Draft, LogRecord> {
  readonly #options: ReplicatedStateOptions<State, Draft, LogRecord>;
  readonly #pipeline: WritePipeline<State, Draft, LogRecord>;
  readonly #timers: Timers<State, LogRecord>;
  readonly #commitListeners = new Set<CommitListener<State, LogRecord>>();
  readonly #roleListeners = new Set<(role: StateRole, epoch: number) => void>();
  #role: StateRole = "loading";
  #image: Image<State>;
  #failure: unknown;
  /** As of the log; above the image's when a group is committed in part. */
  #committed: LogPosition = { offset: -1, epoch: 0 };

  /**
   * Opens the log and loads its snapshot. Resolves as a follower, which may come to lead at any time; rejects with
   * what the log or `replay` throws.
   */
  static async open<State, Draft, LogRecord>(
    options: ReplicatedStateOptions<State, Draft, LogRecord>,
  ): Promise<ReplicatedState<State, Draft, LogRecord>> {
    const state = new ReplicatedState(options);
    await options.log.open(state.#logListener());
    if (state.#role === "loading") state.#become("following");
    return state;
  }

  /** `open` makes states. */
  private constructor(options: ReplicatedStateOptions<State, Draft, LogRecord>) {
    this.#options = options;
    this.#pipeline = new WritePipeline(
      options,
      { ...defaultStateLimits, ...options.limits },
      {
        committedState: () => this.#image.state,
        complete: (group) => this.#complete(group),
        outcomeUnknown: (epoch, cause) => {
          if (this.#pipeline.epoch === epoch) this.#onResign(cause);
        },
        notLeading: (cause) => this.#notLeading(cause),
        orFail: (action) => this.#orFail(action),
      },
    );
    this.#timers = new Timers(options.clock, (decide) => this.#timerFired(decide));
    this.#image = { state: options.definition.empty, offset: -1, epoch: 0 };
  }

  get role(): StateRole {
    return this.#role;
  }

  /** The committed state. */
  get image(): Image<State> {
    return this.#image;
  }

  /**
   * Decides in turn; settles once the records, and all that the decision saw, are committed. That holds for refusals
   * too: they may rest on what is not committed yet. Rejects with the decision's refusal or one of `errors`.
   */
  write<Response>(decide: Decide<State, LogRecord, Response>): Promise<Response> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(new ApiError(refusal));
    return new Promise((resolve, reject) => {
      this.#pipeline.enqueue({ decide, settle: resolve as (response: unknown) => void, reject });
    });
  }

  /** Resolves when this node leads, at once when it does. Rejects when it was closed or failed. */
  untilLeading(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (role: StateRole): boolean => {
        if (role === "leading") resolve();
        else if (role === "closed" || role === "failed") reject(this.#notLeading(this.#failure));
        else return false;
        return true;
      };
      if (settle(this.#role)) return;
      const off = this.onRoleChange((role) => settle(role) && off());
    });
  }

  /** Returns the function that takes it off again. */
  onCommit(listener: CommitListener<State, LogRecord>): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  /** `epoch` is the leader's own while it leads, else that of its image. */
  onRoleChange(listener: (role: StateRole, epoch: number) => void): () => void {
    this.#roleListeners.add(listener);
    return () => this.#roleListeners.delete(listener);
  }

  /** Takes no more writes, lets the log finish what was appended, and rejects what is left. */
  async close(): Promise<void> {
    if (this.#role === "closed") return;
    this.#pipeline.rejectQueued(this.#notLeading());
    this.#timers.cancelAll();
    this.#become("closed");
    await this.#options.log.close();
    this.#pipeline.rejectAll(this.#notLeading());
  }

  #logListener(): CommitLogListener {
    return {
      onSnapshot: (position, chunks) => this.#load(position, chunks),
      onCommit: (position, batches) => this.#onCommitted(position, batches),
      onLead: (epoch, nextOffset) => this.#onLead(epoch, nextOffset),
      onResign: () => this.#onResign(),
      onFail: (error) => this.#fail(error),
      snapshot: () => {
        const { definition, codec, runtime } = this.#options;
        return writeSnapshot(definition, codec, runtime.executor, this.#exactImage().state);
      },
    };
  }

  #refusal(): ErrorName | undefined {
    const { errors } = this.#options;
    if (this.#role === "loading") return errors.loading;
    if (this.#role !== "leading") return errors.notLeading;
    return this.#pipeline.isFull ? errors.overloaded : undefined;
  }

  #timerFired(decide: Decide<State, LogRecord, void>): void {
    if (this.#role !== "leading") return;
    // Beyond the queue's bound if need be: a timer has no caller who could come again.
    this.#pipeline.enqueue({ decide, settle: () => {}, reject: () => {} });
  }

  // Commits: the image moves, publishers hear of it, then the callers.

  /** A follower that has much to catch up with does it in slices; a leader has replayed its records already. */
  #onCommitted(position: LogPosition, batches: readonly CommittedBatch[]): MaybePromise<void> {
    if (!this.#pipeline.hasParked && isMuch(batches)) return this.#followInSlices(position, batches);
    this.#orFail(() => {
      assert(position.offset >= this.#committed.offset, "committed offset goes back");
      this.#committed = position;
      if (this.#pipeline.hasParked) this.#commitParked(position);
      else this.#follow(position, batches);
      this.#pipeline.scheduleTurn();
    });
  }

  #follow(position: LogPosition, batches: readonly CommittedBatch[]): void {
    const { definition, codec } = this.#options;
    const decoded = batches.map((batch) => ({
      ...batch,
      decoded: batch.records.map((bytes) => codec.decode(bytes)),
    }));
    this.#publish(replayBatches(definition, this.#image, decoded, position, this.#span), decoded);
  }

  async #followInSlices(position: LogPosition, batches: readonly CommittedBatch[]): Promise<void> {
    const { definition, codec, runtime } = this.#options;
    const task = followBatches(definition, codec, this.#image, batches, position, this.#span);
    const outcome = await runtime.executor.run(task).then(
      (followed) => () => this.#publish(followed.image, followed.decoded),
      (error: unknown) => () => {
        throw error;
      },
    );
    this.#orFail(() => {
      assert(position.offset >= this.#committed.offset, "committed offset goes back");
      this.#committed = position;
      outcome();
      this.#pipeline.scheduleTurn();
    });
  }

  #commitParked(position: LogPosition): void {
    for (;;) {
      const group = this.#pipeline.takeCommitted(position.offset);
      if (group === undefined) break;
      this.#publish(group.image, group.batches);
      this.#complete(group);
    }
    // The log's own entries move the position too.
    const isBehind = this.#image.offset < position.offset;
    if (isBehind && !this.#pipeline.hasParked) this.#publish({ ...this.#image, ...position }, []);
  }

  #complete(group: Group<State, Draft, LogRecord>): void {
    if (this.#role === "leading") for (const timer of group.timers) this.#timers.change(timer);
    for (const { answer } of group.parked) answer();
  }

  #publish(image: Image<State>, batches: readonly DecodedBatch<LogRecord>[] | undefined): void {
    const commit: Commit<State, LogRecord> = { image, previous: this.#image, batches };
    this.#image = image;
    for (const listener of this.#commitListeners) listener(commit);
  }

  // Leading, following, loading, failing.

  #onLead(epoch: number, nextOffset: number): void {
    if (this.#role === "closed") return;
    this.#orFail(() => {
      assert(!this.#pipeline.hasParked, "leads with decisions of an earlier epoch");
      assert(nextOffset > this.#image.offset, "leads below its own image");
      this.#pipeline.lead(epoch);
      this.#become("leading");
    });
  }

  /** Drops everything uncommitted: what of it the log keeps all the same comes back as committed batches. */
  #onResign(cause?: unknown): void {
    const isClosing = this.#role === "closed";
    if (this.#role !== "leading" && !isClosing) return;
    this.#orFail(() => {
      const error = this.#notLeading(cause);
      const exact = this.#exactImage();
      if (exact !== this.#image) this.#publish(exact, this.#committedPart());
      if (!isClosing) this.#become("following");
      this.#timers.cancelAll();
      this.#pipeline.rejectAll(error);
    });
  }

  /** The image with the committed part of a group whose rest is not committed. */
  #exactImage(): Image<State> {
    const batches = this.#committedPart();
    if (batches.length === 0) return this.#image;
    return replayBatches(this.#options.definition, this.#image, batches, this.#committed, this.#span);
  }

  #committedPart(): readonly DecodedBatch<LogRecord>[] {
    return this.#pipeline.committedPart(this.#committed.offset);
  }

  async #load(position: LogPosition, chunks: Parameters<CommitLogListener["onSnapshot"]>[1]): Promise<void> {
    const { definition, codec, runtime } = this.#options;
    assert(this.#role !== "leading", "a leader is given a snapshot");
    const isFollowing = this.#role === "following";
    if (isFollowing) this.#become("loading");
    const image = await readSnapshot(definition, codec, runtime.executor, position, chunks);
    this.#committed = position;
    this.#publish(image, undefined);
    if (isFollowing) this.#become("following");
  }

  #become(role: StateRole): void {
    this.#role = role;
    const epoch = role === "leading" ? this.#pipeline.epoch : this.#image.epoch;
    for (const listener of this.#roleListeners) listener(role, epoch);
  }

  /** Replay, publishers and decisions are our own code: what they throw is a bug, and the state can no longer be trusted. */
  #orFail(action: () => void): void {
    if (this.#role === "failed") return;
    try {
      action();
    } catch (error) {
      this.#fail(error);
      this.#options.runtime.fail(error);
    }
  }

  /** Nobody is left waiting: neither for an answer nor for a leader. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#timers.cancelAll();
    this.#pipeline.rejectAll(this.#notLeading(error));
    this.#become("failed");
  }

  #notLeading(cause?: unknown): ApiError {
    return new ApiError(this.#options.errors.notLeading, { cause });
  }

  readonly #span = (recordCount: number): number => this.#options.log.span(recordCount);
}

/** Encoded records that are replayed at once: a millisecond. */
const AT_ONCE_BYTES_MAX = 16 * 1024;

function isMuch(batches: readonly CommittedBatch[]): boolean {
  let bytes = 0;
  for (const { records } of batches) for (const record of records) bytes += record.length;
  return bytes > AT_ONCE_BYTES_MAX;
}
