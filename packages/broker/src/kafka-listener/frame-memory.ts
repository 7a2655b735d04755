import type { BufferPool, ByteBudget } from "@millrace/runtime";
import { HeldMemory } from "./held-memory.ts";

/** Where the memory of requests comes from: counted in the byte budget, used again once nobody holds it. */
export class FrameMemory {
  readonly #budget: ByteBudget;
  readonly #pool: BufferPool;

  constructor(budget: ByteBudget, pool: BufferPool) {
    this.#budget = budget;
    this.#pool = pool;
  }

  /** At least `bytes` bytes, held once. */
  take(bytes: number): HeldMemory {
    return new HeldMemory(this.#budget, this.#pool.take(bytes));
  }
}
