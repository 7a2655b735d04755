/** How much the files of one disk hold together, and how much they may. */
export class Space {
  usedBytes = 0;
  readonly bytesMax: number;

  constructor(bytesMax = Number.POSITIVE_INFINITY) {
    this.bytesMax = bytesMax;
  }

  /** Infinity without a bound. */
  get roomBytes(): number {
    return Math.max(0, this.bytesMax - this.usedBytes);
  }

  /** Undefined without a bound, as `Disk` has it. */
  get freeBytes(): number | undefined {
    return this.#isBounded ? this.roomBytes : undefined;
  }

  /** Undefined without a bound. */
  get totalBytes(): number | undefined {
    return this.#isBounded ? this.bytesMax : undefined;
  }

  get #isBounded(): boolean {
    return this.bytesMax !== Number.POSITIVE_INFINITY;
  }
}
