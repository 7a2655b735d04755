import type { Segment } from "./segment.ts";

/**
 * Bounds how many segments are open for reading (indexes in memory and a descriptor each) over all partitions of a
 * directory. Those that are written or not yet flushed do not count; those that are just being read stay beyond it.
 */
export class OpenSegments {
  readonly segmentsMax: number;
  /** Least recently used first. */
  readonly #open = new Set<Segment>();

  constructor(segmentsMax: number) {
    this.segmentsMax = segmentsMax;
  }

  used(segment: Segment): void {
    if (segment.unsaved) return;
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
