/** More readers than that in one segment find their places by its index, which costs a batch or two that they have. */
const ENDS_MAX = 64;

/** Where reads of a segment ended: those who go on from there know the position of the next batch. */
export class ReadEnds {
  #positions: Map<number, number> | undefined;

  /** The position of the batch that begins at `offset`, or follows it where offsets are missing. */
  get(offset: number): number | undefined {
    return this.#positions?.get(offset);
  }

  set(endOffset: number, position: number): void {
    this.#positions ??= new Map();
    this.#positions.delete(endOffset);
    this.#positions.set(endOffset, position);
    if (this.#positions.size <= ENDS_MAX) return;
    for (const oldest of this.#positions.keys()) {
      this.#positions.delete(oldest);
      return;
    }
  }
}
