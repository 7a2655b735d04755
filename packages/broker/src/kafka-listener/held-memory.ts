import type { ByteBudget, PooledBuffer } from "@millrace/runtime";

/**
 * One backing buffer in the byte budget. Every view that is kept holds it, since a small view pins the whole; the
 * last `release` gives its bytes back, and the buffer to its pool.
 */
export class HeldMemory {
  readonly #budget: ByteBudget;
  readonly #buffer: PooledBuffer;
  #holders = 1;

  /** Takes the bytes even over the limit: they have arrived. Bounded by what one read of a socket brings. */
  constructor(budget: ByteBudget, buffer: PooledBuffer) {
    this.#budget = budget;
    this.#buffer = buffer;
    budget.takeOverLimit(buffer.bytes.length);
  }

  /** The whole buffer, which may be larger than what was asked of the pool. */
  get bytes(): Buffer {
    return this.#buffer.bytes;
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders > 0) return;
    this.#budget.give(this.#buffer.bytes.length);
    this.#buffer.release();
  }
}
