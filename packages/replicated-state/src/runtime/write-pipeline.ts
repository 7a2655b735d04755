import type { ApiError } from "@millrace/runtime";
import { Group } from "./group.ts";
import { ParkedGroups } from "./parked-groups.ts";
import type { DecodedBatch, ReplicatedStateOptions, StateLimits } from "./replicated-state-options.ts";
import { type QueuedWrite, WriteQueue } from "./write-queue.ts";

/** What the pipeline asks of the state that it writes. */
export interface PipelineOwner<State, Draft, LogRecord> {
  /** What decisions see when nothing is parked. */
  committedState(): State;
  /** The group's callers may be answered. */
  complete(group: Group<State, Draft, LogRecord>): void;
  /** Nobody knows whether the log has what was appended in `epoch`. */
  outcomeUnknown(epoch: number, cause: unknown): void;
  /** What callers hear whose write was not done, or not for certain. */
  notLeading(cause: unknown): ApiError;
  /** Runs `action`; what it throws ends the state. */
  orFail(action: () => void): void;
}

/** A leader's way from a write to the log: queued, decided in a group, appended, parked until the log commits it. */
export class WritePipeline<State, Draft, LogRecord> {
  readonly #options: ReplicatedStateOptions<State, Draft, LogRecord>;
  readonly #limits: StateLimits;
  readonly #owner: PipelineOwner<State, Draft, LogRecord>;
  readonly #queue: WriteQueue<State, LogRecord>;
  readonly #parked = new ParkedGroups<State, Draft, LogRecord>();
  #epoch = 0;
  #turnPending = false;
  /** While its decisions are made. */
  #openGroup: Group<State, Draft, LogRecord> | undefined;

  constructor(
    options: ReplicatedStateOptions<State, Draft, LogRecord>,
    limits: StateLimits,
    owner: PipelineOwner<State, Draft, LogRecord>,
  ) {
    this.#options = options;
    this.#limits = limits;
    this.#owner = owner;
    this.#queue = new WriteQueue(limits.queuedMax);
  }

  get epoch(): number {
    return this.#epoch;
  }

  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Whether anything that was appended waits for its commit. */
  get hasParked(): boolean {
    return this.#parked.oldest !== undefined;
  }

  lead(epoch: number): void {
    this.#epoch = epoch;
  }

  enqueue(write: QueuedWrite<State, LogRecord>): void {
    this.#queue.push(write);
    this.scheduleTurn();
  }

  /** All that one turn of the event loop asked for becomes one append. To be called again when the log committed. */
  scheduleTurn(): void {
    if (this.#turnPending || this.#queue.length === 0) return;
    if (!this.#hasRoom) return;
    this.#turnPending = true;
    this.#options.runtime.executor.afterTurn(() => {
      this.#turnPending = false;
      this.#owner.orFail(() => this.#turn());
    });
  }

  takeCommitted(offset: number): Group<State, Draft, LogRecord> | undefined {
    return this.#parked.takeCommitted(offset);
  }

  /** Batches up to `offset` of a group that is not committed as a whole. */
  committedPart(offset: number): readonly DecodedBatch<LogRecord>[] {
    const batches = this.#parked.oldest?.batches ?? [];
    return batches.filter((batch) => batch.baseOffset <= offset);
  }

  /** Rejects what waits for its decision. */
  rejectQueued(error: Error): void {
    this.#queue.rejectAll(error);
  }

  /** Rejects everything, in the order in which it came, and forgets what was decided. */
  rejectAll(error: Error): void {
    this.#parked.rejectAll(error);
    for (const { reject } of this.#openGroup?.parked ?? []) reject(error);
    this.#queue.rejectAll(error);
  }

  get #hasRoom(): boolean {
    const { parkedMax, parkedBytesMax } = this.#limits;
    return this.#parked.decisions < parkedMax && this.#parked.bytes < parkedBytesMax;
  }

  #turn(): void {
    // Losing leadership empties the queue, so that nothing is decided for an epoch that ended.
    if (this.#queue.length === 0 || !this.#hasRoom) return;
    const { decisionsPerTurnMax, groupBytesMax, parkedMax } = this.#limits;
    let left = Math.min(decisionsPerTurnMax, parkedMax - this.#parked.decisions);
    const group = this.#newGroup();
    this.#openGroup = group;
    for (; left > 0 && group.sizeBytes < groupBytesMax; left--) {
      const write = this.#queue.take();
      if (write === undefined) break;
      group.add(write);
    }
    this.#openGroup = undefined;
    this.#append(group);
    this.scheduleTurn();
  }

  #newGroup(): Group<State, Draft, LogRecord> {
    const { definition, codec, runtime, log, clock } = this.#options;
    const { newest } = this.#parked;
    return new Group({
      definition,
      codec,
      random: runtime.random,
      span: (count) => log.span(count),
      state: newest?.image.state ?? this.#owner.committedState(),
      // The log may have put in something of its own since. Before this group is appended it cannot: that is one go.
      nextOffset: Math.max(log.nextOffset, newest?.endOffset ?? 0),
      epoch: this.#epoch,
      nowMs: clock.nowMs(),
    });
  }

  #append(group: Group<State, Draft, LogRecord>): void {
    if (group.batches.length === 0) {
      if (!this.#parked.join(group.parked)) this.#owner.complete(group);
      return;
    }
    this.#parked.push(group);
    const expected = { epoch: group.epoch, baseOffset: group.baseOffset };
    const batches = group.batches.map((batch) => batch.records);
    try {
      const taken = this.#options.log.append(batches, expected);
      if (!(taken instanceof Promise)) return;
      taken.catch((cause: unknown) => this.#owner.outcomeUnknown(group.epoch, cause));
    } catch (cause) {
      this.#notAppended(group, cause);
    }
  }

  /** The state before the group is still good, and so is everything parked before it. */
  #notAppended(group: Group<State, Draft, LogRecord>, cause: unknown): void {
    // Unless the log resigned on the way, and so had everything rejected.
    if (this.#parked.newest === group) this.#parked.dropNewest();
    const error = this.#owner.notLeading(cause);
    for (const { reject } of group.parked) reject(error);
  }
}
