import { assert, type ByteBudget, type PooledBuffer } from "@millrace/runtime";

/**
 * One backing buffer in the byte budget. Every view that is kept holds it, since a small view pins the whole; the
 * last `release` gives its bytes back, and the buffer to its pool.
 */
export class HeldMemory {
  /** What it takes of the budget. */
  readonly countedBytes: number;
  readonly #budget: ByteBudget;
  readonly #buffer: PooledBuffer;
  #holders = 1;

  /** Takes the bytes even over the limit: they have arrived. Bounded by what one read of a socket brings. */
  constructor(budget: ByteBudget, buffer: PooledBuffer, countedBytesMax: number) {
    this.#budget = budget;
    this.#buffer = buffer;
    this.countedBytes = Math.min(buffer.bytes.length, countedBytesMax);
    budget.takeOverLimit(this.countedBytes);
  }

  /** The whole buffer, which may be larger than what was asked of the pool. */
  get bytes(): Buffer {
    return this.#buffer.bytes;
  }

  hold(): this {
    assert(this.#holders > 0, "held memory that was given back");
    this.#holders++;
    return this;
  }

  release(): void {
    assert(this.#holders > 0, "released memory that was given back");
    if (--this.#holders > 0) return;
    this.#budget.give(this.countedBytes);
    this.#buffer.release();
  }
}
