import type { ByteBudget } from "@millrace/runtime";

/** One read takes at most this part of what is left of the budget, so that something is left for the next one. */
const FREE_FRACTION = 1 / 8;
/** What all responses of one client may hold together: whoever does not read them takes no more from the others. */
const CLIENT_FRACTION = 1 / 16;

/** What one client's responses hold of the byte budget, and how much more they may. */
export class ResponseRoom {
  readonly #budget: ByteBudget;
  readonly #bytesMax: number;
  readonly #whenClosed = new Set<() => void>();
  #closed = false;
  #heldBytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
    this.#bytesMax = Math.floor(budget.limitBytes * CLIENT_FRACTION);
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** What the next read may bring. */
  get freeBytes(): number {
    const ofProcess = Math.floor(this.#processFreeBytes * FREE_FRACTION);
    return Math.max(0, Math.min(ofProcess, this.#bytesMax - this.#heldBytes));
  }

  /** What room has to be kept for the one batch that is read however large it is, if there may be such of `bytes`. */
  batchBytes(bytes: number): number {
    return Math.min(bytes, Math.floor(this.#budget.limitBytes * FREE_FRACTION));
  }

  /** Whether there is room for a batch. A client that holds nothing may have one that is too large for its part. */
  fits(batchBytes: number): boolean {
    const ofClient = this.#heldBytes === 0 || this.#heldBytes + batchBytes <= this.#bytesMax;
    return ofClient && this.#processFreeBytes >= batchBytes;
  }

  /** Never refuses: it is there already, and was bounded before. */
  take(bytes: number): void {
    this.#budget.takeOverLimit(bytes);
    this.#heldBytes += bytes;
  }

  give(bytes: number): void {
    this.#budget.give(bytes);
    this.#heldBytes -= bytes;
  }

  /** The client is gone: whoever gathers a response for it may stop. */
  close(): void {
    this.#closed = true;
    for (const closed of this.#whenClosed) closed();
    this.#whenClosed.clear();
  }

  /** `closed` runs when the client goes, or now when it is gone. Returns how to stop waiting for that. */
  whenClosed(closed: () => void): () => void {
    if (this.#closed) closed();
    else this.#whenClosed.add(closed);
    return () => this.#whenClosed.delete(closed);
  }

  get #processFreeBytes(): number {
    return this.#budget.limitBytes - this.#budget.usedBytes;
  }
}
