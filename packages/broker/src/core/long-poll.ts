import type { ReadResult } from "@millrace/log";
import type { Clock, MaybePromise, Timer } from "@millrace/runtime";
import { backingBytes } from "./backing-bytes.ts";
import { type FetchOutcome, type FetchPartition, fetchPartition } from "./fetch.ts";
import type { ResponseRoom } from "./response-room.ts";

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
  /** Once the records have left, or never will: their memory becomes that of others. */
  readonly release: () => void;
}

/**
 * Reads several partitions in the order given, and waits until there are `minBytes`, until something other than records
 * is to be told (an error, a divergence), until the time is over or the client gone. It holds nothing while it waits:
 * how long that is, and for how much, is the client's choice.
 */
export class LongPoll<P extends FetchPartition> {
  readonly #wanted: readonly P[];
  readonly #limits: LongPollLimits;
  readonly #clock: Clock;
  readonly #room: ResponseRoom;
  #heldBytes = 0;
  #reads: ReadResult[] = [];
  #resolve: ((polled: Polled<P>) => void) | undefined;
  #reject: ((bug: unknown) => void) | undefined;
  #stopWaiting: (() => void)[] = [];
  #timer: Timer | undefined;
  #stopWatching: (() => void) | undefined;
  /** Or nobody waits for the answer any more. */
  #timeOver = false;
  /** Something moved since the attempt began. */
  #moved = false;
  /** Nothing is under way: the next move begins an attempt. */
  #waiting = false;

  /** `clock`: liveness, also when domain time is virtual. */
  constructor(wanted: readonly P[], limits: LongPollLimits, clock: Clock, room: ResponseRoom) {
    this.#wanted = wanted;
    this.#limits = limits;
    this.#clock = clock;
    this.#room = room;
  }

  /** Rejects for bugs of ours only. */
  run(): Promise<Polled<P>> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#timeOver = this.#limits.maxWaitMs <= 0;
      this.#stopWatching = this.#room.whenClosed(() => this.#endTime());
      this.#begin();
    });
  }

  #begin(): void {
    this.#attempt().catch((bug: unknown) => {
      this.#end();
      this.#release();
      this.#reject?.(bug);
    });
  }

  async #attempt(): Promise<void> {
    this.#moved = false;
    // Before reading: a move during a read that waits for the disk must not be missed.
    this.#waitForMoves();
    const fetched = await this.#readAll();
    if (this.#timeOver || this.#enough(fetched)) {
      this.#finish(fetched);
      return;
    }
    this.#release();
    this.#timer ??= this.#clock.setTimer(this.#limits.maxWaitMs, () => this.#endTime());
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
    // One batch may be as large as its topic allows, whatever was asked for.
    const batchBytes = this.#room.batchBytes(wanted.partition.settings.maxMessageBytes);
    const fits = this.#room.fits(batchBytes);
    const maxBytes = fits ? Math.max(0, Math.min(wanted.maxBytes, bytesLeft, this.#room.freeBytes)) : 0;
    const result = fetchPartition(wanted, maxBytes, fits && this.#heldBytes === 0);
    if (!(result instanceof Promise)) return this.#hold(result);
    const reservedBytes = Math.max(maxBytes, batchBytes);
    this.#room.take(reservedBytes);
    return result.then((outcome) => {
      this.#room.give(reservedBytes);
      return this.#hold(outcome);
    });
  }

  #hold(outcome: FetchOutcome): FetchOutcome {
    if (outcome.kind !== "read") return outcome;
    const bytes = backingBytes(outcome.read.batches);
    this.#room.take(bytes);
    this.#heldBytes += bytes;
    this.#reads.push(outcome.read);
    return outcome;
  }

  #release(): void {
    this.#room.give(this.#heldBytes);
    this.#heldBytes = 0;
    for (const read of this.#reads) read.release();
    this.#reads = [];
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

  #endTime(): void {
    this.#timeOver = true;
    this.#wake();
  }

  #finish(fetched: readonly Fetched<P>[]): void {
    this.#end();
    this.#resolve?.({ fetched, release: () => this.#release() });
  }

  #end(): void {
    this.#stop();
    this.#stopWatching?.();
    this.#timer?.cancel();
  }

  #stop(): void {
    for (const stop of this.#stopWaiting) stop();
    this.#stopWaiting = [];
  }
}
