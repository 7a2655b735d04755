import type { ByteBudget } from "@millrace/runtime";

/**
 * One backing buffer in the byte budget. Every view that is kept holds it, since a small view pins the whole; the
 * last `release` gives its bytes back.
 */
export class HeldMemory {
  readonly #budget: ByteBudget;
  readonly #bytes: number;
  #holders = 1;

  /** Takes the bytes even over the limit: they have arrived. Bounded by what one read of a socket brings. */
  constructor(budget: ByteBudget, bytes: number) {
    this.#budget = budget;
    this.#bytes = bytes;
    budget.takeOverLimit(bytes);
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders === 0) this.#budget.give(this.#bytes);
  }
}
