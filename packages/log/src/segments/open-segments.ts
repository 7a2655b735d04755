import type { Segment } from "./segment.ts";

/**
 * Bounds how many segments are open at a time (three files' worth of index, one descriptor each) over all partitions
 * of a directory. Segments that are being read or not yet flushed stay open beyond the bound.
 */
export class OpenSegments {
  readonly segmentsMax: number;
  /** Least recently used first. */
  readonly #open = new Set<Segment>();

  constructor(segmentsMax: number) {
    this.segmentsMax = segmentsMax;
  }

  used(segment: Segment): void {
    this.#open.delete(segment);
    this.#open.add(segment);
    if (this.#open.size > this.segmentsMax) this.#closeIdle();
  }

  closed(segment: Segment): void {
    this.#open.delete(segment);
  }

  #closeIdle(): void {
    for (const segment of this.#open) {
      if (this.#open.size <= this.segmentsMax) return;
      if (segment.closeIfIdle()) this.#open.delete(segment);
    }
  }
}
