import type { PooledBuffer } from "@millrace/runtime";

/** Bytes in order that lie in pieces of pooled memory, which this holds. Neighbours in one piece of memory become one. */
export class HeldPieces {
  readonly #buffers: Buffer[] = [];
  #held: PooledBuffer[] = [];
  /** The last piece, which may grow. */
  #memory: PooledBuffer | undefined;
  #start = 0;
  #end = 0;
  #sizeInBytes = 0;

  get sizeInBytes(): number {
    return this.#sizeInBytes;
  }

  add(memory: PooledBuffer, start: number, end: number): void {
    this.#sizeInBytes += end - start;
    if (this.#memory === memory && this.#end === start) {
      this.#end = end;
      return;
    }
    this.#endPiece();
    this.#held.push(memory.hold());
    this.#memory = memory;
    this.#start = start;
    this.#end = end;
  }

  /** Views of what was added, which are whole until `release`. */
  buffers(): readonly Buffer[] {
    this.#endPiece();
    return this.#buffers;
  }

  /** A second time it does nothing. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const memory of held) memory.release();
  }

  #endPiece(): void {
    if (this.#memory !== undefined) this.#buffers.push(this.#memory.bytes.subarray(this.#start, this.#end));
    this.#memory = undefined;
  }
}
