import type { Offset } from "@millrace/log";
import type { ApiError } from "@millrace/runtime";

interface Waiter {
  readonly endOffset: Offset;
  readonly settle: (failure: ApiError | undefined) => void;
}

/** Answers that wait for one watermark of one partition, in the order of appends, so that offsets only grow. */
export class WatermarkWaiters {
  #waiters: Waiter[] = [];
  /** Waiters before it are settled. */
  #first = 0;

  get size(): number {
    return this.#waiters.length - this.#first;
  }

  /** `settle` runs once, when the watermark is at or above `endOffset` or the partition failed. */
  add(endOffset: Offset, settle: (failure: ApiError | undefined) => void): void {
    this.#waiters.push({ endOffset, settle });
  }

  reached(watermark: Offset): void {
    while (this.#first < this.#waiters.length && this.#waiters[this.#first]!.endOffset <= watermark) {
      const { settle } = this.#waiters[this.#first++]!;
      settle(undefined);
    }
    if (this.#first === this.#waiters.length) {
      this.#waiters.length = 0;
      this.#first = 0;
    }
  }

  failAll(failure: ApiError): void {
    const waiters = this.#waiters.slice(this.#first);
    this.#waiters = [];
    this.#first = 0;
    for (const { settle } of waiters) settle(failure);
  }
}
