import type { ByteBudget, Clock, MaybePromise, Timer } from "@millrace/runtime";
import { type FetchOutcome, type FetchPartition, fetchPartition } from "./fetch.ts";

export interface LongPollLimits {
  /** Milliseconds to wait for `minBytes`. */
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** Of all partitions together; a single larger batch is returned alone. */
  readonly maxBytes: number;
}

/** One partition's result, with what it was asked for. */
export interface Fetched<P extends FetchPartition> {
  readonly wanted: P;
  readonly outcome: FetchOutcome;
}

/** What a long poll comes to. */
export interface Polled<P extends FetchPartition> {
  readonly fetched: readonly Fetched<P>[];
  /** Taken from the byte budget for the records; whoever answers gives them back once they have left. */
  readonly heldBytes: number;
}

/**
 * One read takes at most this part of what is left of the budget, so that there is always something left for the
 * next one, however many clients do not read what they asked for.
 */
const ROOM_FRACTION = 1 / 8;

/**
 * Reads several partitions in the order given, and waits until there are `minBytes`, until something other than records
 * is to be told (an error, a divergence) or until the time is over.
 */
export class LongPoll<P extends FetchPartition> {
  readonly #wanted: readonly P[];
  readonly #limits: LongPollLimits;
  readonly #clock: Clock;
  readonly #budget: ByteBudget;
  #heldBytes = 0;
  #resolve: ((polled: Polled<P>) => void) | undefined;
  #reject: ((bug: unknown) => void) | undefined;
  #stopWaiting: (() => void)[] = [];
  #timer: Timer | undefined;
  #timeOver = false;
  /** Something moved since the attempt began. */
  #moved = false;
  /** Nothing is under way: the next move begins an attempt. */
  #waiting = false;

  /** `clock`: liveness, also when domain time is virtual. */
  constructor(wanted: readonly P[], limits: LongPollLimits, clock: Clock, budget: ByteBudget) {
    this.#wanted = wanted;
    this.#limits = limits;
    this.#clock = clock;
    this.#budget = budget;
  }

  /** Rejects for bugs of ours only. */
  run(): Promise<Polled<P>> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#timeOver = this.#limits.maxWaitMs <= 0;
      this.#begin();
    });
  }

  #begin(): void {
    this.#attempt().catch((bug: unknown) => this.#reject?.(bug));
  }

  async #attempt(): Promise<void> {
    this.#moved = false;
    this.#giveBack();
    // Before reading: a move during a read that waits for the disk must not be missed.
    this.#waitForMoves();
    const fetched = await this.#readAll();
    if (this.#timeOver || this.#enough(fetched)) {
      this.#finish(fetched);
      return;
    }
    this.#timer ??= this.#clock.setTimer(this.#limits.maxWaitMs, () => {
      this.#timeOver = true;
      this.#wake();
    });
    if (this.#moved) this.#begin();
    else this.#waiting = true;
  }

  async #readAll(): Promise<Fetched<P>[]> {
    const fetched: Fetched<P>[] = [];
    let bytesLeft = this.#limits.maxBytes;
    for (const wanted of this.#wanted) {
      const result = this.#read(wanted, bytesLeft);
      const outcome = result instanceof Promise ? await result : result;
      fetched.push({ wanted, outcome });
      if (outcome.kind === "read") bytesLeft = Math.max(0, bytesLeft - outcome.read.sizeInBytes);
    }
    return fetched;
  }

  /** Counts what is read, and what may be while the disk is waited for. Without room nothing is read for now. */
  #read(wanted: P, bytesLeft: number): MaybePromise<FetchOutcome> {
    const { limitBytes, usedBytes } = this.#budget;
    const room = limitBytes - usedBytes;
    // One batch may be as large as its topic allows, whatever was asked for.
    const batchBytes = Math.min(wanted.partition.settings.maxMessageBytes, limitBytes * ROOM_FRACTION);
    const maxBytes = Math.max(0, Math.min(wanted.maxBytes, bytesLeft, Math.floor(room * ROOM_FRACTION)));
    const atLeastOneBatch = this.#heldBytes === 0 && room >= batchBytes;
    const result = fetchPartition(wanted, room >= batchBytes ? maxBytes : 0, atLeastOneBatch);
    if (!(result instanceof Promise)) return this.#hold(result);
    const reservedBytes = Math.max(maxBytes, batchBytes);
    this.#budget.takeOverLimit(reservedBytes);
    return result.then((outcome) => {
      this.#budget.give(reservedBytes);
      return this.#hold(outcome);
    });
  }

  #hold(outcome: FetchOutcome): FetchOutcome {
    if (outcome.kind === "read") {
      const bytes = backingBytes(outcome.read.batches);
      this.#budget.takeOverLimit(bytes);
      this.#heldBytes += bytes;
    }
    return outcome;
  }

  #giveBack(): void {
    this.#budget.give(this.#heldBytes);
    this.#heldBytes = 0;
  }

  #enough(fetched: readonly Fetched<P>[]): boolean {
    if (fetched.length === 0) return true; // an empty session: there is nothing to wait for
    let bytes = 0;
    for (const { outcome } of fetched) {
      if (outcome.kind !== "read") return true;
      bytes += outcome.read.sizeInBytes;
    }
    return bytes >= this.#limits.minBytes;
  }

  #waitForMoves(): void {
    this.#stop();
    const moved = () => this.#wake();
    this.#stopWaiting = this.#wanted.map(({ partition }) => partition.whenMoved(moved));
  }

  /** Many partitions move in one turn: they are read once, by the microtask after all of them. */
  #wake(): void {
    this.#moved = true;
    if (!this.#waiting) return;
    this.#waiting = false;
    queueMicrotask(() => this.#begin());
  }

  #finish(fetched: readonly Fetched<P>[]): void {
    this.#stop();
    this.#timer?.cancel();
    this.#resolve?.({ fetched, heldBytes: this.#heldBytes });
  }

  #stop(): void {
    for (const stop of this.#stopWaiting) stop();
    this.#stopWaiting = [];
  }
}

/** What views keep alive: each buffer behind them, whole. */
function backingBytes(views: readonly Buffer[]): number {
  let bytes = 0;
  let previous: ArrayBufferLike | undefined;
  for (const { buffer } of views) {
    if (buffer === previous) continue; // neighbours lie in one buffer
    previous = buffer;
    bytes += buffer.byteLength;
  }
  return bytes;
}
