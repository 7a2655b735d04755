import { assert } from "./assert.ts";

interface Waiter {
  readonly bytes: number;
  readonly taken: () => void;
}

/**
 * A bound on bytes held in memory, shared by all who hold them. `limitBytes` is at least the largest single
 * amount anyone takes.
 */
export class ByteBudget {
  readonly limitBytes: number;
  #usedBytes = 0;
  /** In the order they came; one leaves in the middle at no cost. */
  readonly #waiters = new Set<Waiter>();
  #waking = false;

  constructor(limitBytes: number) {
    assert(limitBytes > 0, "budget without bytes");
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** How many wait for room. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /**
   * False: nothing was taken; the caller stops reading its socket and calls `whenRoom`. It is false while others
   * wait, so that small amounts do not overtake a large one for ever.
   */
  tryTake(bytes: number): boolean {
    return this.#waiters.size === 0 && this.#take(bytes);
  }

  /**
   * Takes what is bounded elsewhere (one frame may always finish), over the limit if need be; nobody else gets
   * room until that much was given back.
   */
  takeOverLimit(bytes: number): void {
    assert(bytes >= 0, "took less than nothing");
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    assert(bytes >= 0, "gave back less than nothing");
    assert(bytes <= this.#usedBytes, "gave back more than was taken");
    this.#usedBytes -= bytes;
    this.#wake();
  }

  /**
   * Runs `taken` once `bytes` were taken for its caller, first come, first served: at once when there is room, else
   * from inside a later `give`. Returns how to stop waiting; that does nothing once `taken` has run.
   */
  whenRoom(bytes: number, taken: () => void): () => void {
    assert(bytes <= this.limitBytes, "waits for more than the whole budget");
    if (this.tryTake(bytes)) {
      taken();
      return () => {};
    }
    const waiter: Waiter = { bytes, taken };
    this.#waiters.add(waiter);
    return () => {
      if (this.#waiters.delete(waiter)) this.#wake(); // those behind it may fit
    };
  }

  #take(bytes: number): boolean {
    assert(bytes >= 0, "took less than nothing");
    if (this.#usedBytes + bytes > this.limitBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  #wake(): void {
    if (this.#waking || this.#waiters.size === 0) return; // in a callback that gave back, the loop below goes on
    this.#waking = true;
    try {
      for (const waiter of this.#waiters) {
        if (!this.#take(waiter.bytes)) break;
        this.#waiters.delete(waiter);
        waiter.taken();
      }
    } finally {
      this.#waking = false;
    }
  }
}
