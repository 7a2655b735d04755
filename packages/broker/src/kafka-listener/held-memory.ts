import { assert, type ByteBudget, type PooledBuffer } from "@millrace/runtime";

/**
 * One backing buffer in the byte budget. Every view that is kept holds it, since a small view pins the whole. When nobody
 * reads it any more it goes back to its pool; when nobody counts it, its bytes go back to the budget.
 */
export class HeldMemory {
  /** What it takes of the budget. */
  readonly countedBytes: number;
  readonly #budget: ByteBudget;
  readonly #buffer: PooledBuffer;
  #readers = 1;
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
    assert(this.#readers > 0, "held memory that was given back");
    this.#readers++;
    this.#holders++;
    return this;
  }

  /** Of two halves of a release, the first: the buffer may be used again, its bytes still count. */
  endReading(): void {
    assert(this.#readers > 0, "memory given back too often");
    if (--this.#readers === 0) this.#buffer.release();
  }

  /** The second. */
  endCounting(): void {
    assert(this.#holders > 0, "bytes given back too often");
    if (--this.#holders === 0) this.#budget.give(this.countedBytes);
  }

  release(): void {
    this.endReading();
    this.endCounting();
  }
}
