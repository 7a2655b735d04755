import type { Decide } from "./decision.ts";

/** A write that waits for its decision. `settle` and `reject` are its caller. */
export interface QueuedWrite<State, LogRecord> {
  readonly decide: Decide<State, LogRecord, unknown>;
  readonly settle: (response: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Writes in the order in which they came, up to a bound. */
export class WriteQueue<State, LogRecord> {
  readonly #limit: number;
  #writes: QueuedWrite<State, LogRecord>[] = [];
  /** Those before it were taken; cut off when they are half of the array, so that taking one costs the same always. */
  #head = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#writes.length - this.#head;
  }

  get isFull(): boolean {
    return this.length >= this.#limit;
  }

  push(write: QueuedWrite<State, LogRecord>): void {
    this.#writes.push(write);
  }

  take(): QueuedWrite<State, LogRecord> | undefined {
    const write = this.#writes[this.#head];
    if (write === undefined) return undefined;
    this.#head++;
    if (this.#head * 2 > this.#writes.length) {
      this.#writes = this.#writes.slice(this.#head);
      this.#head = 0;
    }
    return write;
  }

  rejectAll(error: Error): void {
    for (let write = this.take(); write !== undefined; write = this.take()) write.reject(error);
  }
}
