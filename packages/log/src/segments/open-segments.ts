/** What can be closed for a time: of a segment, its indexes and its descriptor. */
export interface Closable {
  /** Written, or not yet flushed: it stays open. */
  readonly unsaved: boolean;
  /** False when it is in use. */
  closeIfIdle(): boolean;
}

/**
 * Bounds how many segments are open for reading (indexes in memory and a descriptor each) over all partitions of a
 * directory. Those that are written or not yet flushed do not count; those that are just being read stay beyond it.
 */
export class OpenSegments {
  readonly segmentsMax: number;
  /** Least recently used first. */
  readonly #open = new Set<Closable>();

  constructor(segmentsMax: number) {
    this.segmentsMax = segmentsMax;
  }

  used(segment: Closable): void {
    if (segment.unsaved) return;
    this.#open.delete(segment);
    this.#open.add(segment);
    if (this.#open.size > this.segmentsMax) this.#closeIdle();
  }

  closed(segment: Closable): void {
    this.#open.delete(segment);
  }

  #closeIdle(): void {
    for (const segment of this.#open) {
      if (this.#open.size <= this.segmentsMax) return;
      if (segment.closeIfIdle()) this.#open.delete(segment);
    }
  }
}
