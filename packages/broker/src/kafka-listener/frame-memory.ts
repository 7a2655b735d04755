import type { BufferPool, ByteBudget } from "@millrace/runtime";
import { HeldMemory } from "./held-memory.ts";

/** A larger frame counts as if it were no more than this part of the budget; such frames come one at a time. */
const COUNTED_FRACTION = 1 / 4;

/** Where the memory of requests comes from: counted in the byte budget, used again once nobody holds it. */
export class FrameMemory {
  readonly countedBytesMax: number;
  readonly #budget: ByteBudget;
  readonly #pool: BufferPool;
  #unfinishedBytes = 0;
  #framesBegun = 0;

  constructor(budget: ByteBudget, pool: BufferPool) {
    this.#budget = budget;
    this.#pool = pool;
    this.countedBytesMax = Math.floor(budget.limitBytes * COUNTED_FRACTION);
  }

  /** What frames that are not complete hold together. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** At least `bytes` bytes, held once. */
  take(bytes: number): HeldMemory {
    return new HeldMemory(this.#budget, this.#pool.take(bytes), this.countedBytesMax);
  }

  /** As `take`, for a frame that is not complete: until `noLongerUnfinished`. */
  takeUnfinished(bytes: number): HeldMemory {
    const memory = this.take(bytes);
    this.#unfinishedBytes += memory.countedBytes;
    return memory;
  }

  /** The frame in `memory` is complete, or the memory is given back. */
  noLongerUnfinished(memory: HeldMemory): void {
    this.#unfinishedBytes -= memory.countedBytes;
  }

  /** Tells frames apart by when they began. */
  nextFrameNumber(): number {
    return this.#framesBegun++;
  }
}
