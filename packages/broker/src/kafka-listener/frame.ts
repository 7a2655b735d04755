import type { HeldMemory } from "./held-memory.ts";

/** One request as it came, without its length. Its bytes count in the byte budget until it is released. */
export class Frame {
  readonly bytes: Buffer;
  readonly #memory: HeldMemory;
  #isRead = true;
  #isCounted = true;

  constructor(bytes: Buffer, memory: HeldMemory) {
    this.bytes = bytes;
    this.#memory = memory;
  }

  /** Nobody reads `bytes` any more, but what was copied from them counts as they do. Again: nothing. */
  endReading(): void {
    if (!this.#isRead) return;
    this.#isRead = false;
    this.#memory.endReading();
  }

  /** Once nobody reads `bytes` any more, and whoever has copied from them counts that. Again: nothing. */
  release(): void {
    this.endReading();
    if (!this.#isCounted) return;
    this.#isCounted = false;
    this.#memory.endCounting();
  }
}
