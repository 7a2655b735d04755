import type { HeldMemory } from "./held-memory.ts";

/** One request as it came, without its length. Its bytes count in the byte budget until it is released. */
export class Frame {
  readonly bytes: Buffer;
  readonly #memory: HeldMemory;
  #released = false;

  constructor(bytes: Buffer, memory: HeldMemory) {
    this.bytes = bytes;
    this.#memory = memory;
  }

  /** Once nobody reads `bytes` any more, or whoever does counts them. Again: nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#memory.release();
  }
}
