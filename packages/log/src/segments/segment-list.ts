import { assert } from "@millrace/runtime";
import type { Segment } from "./segment.ts";

/** The segments of a log in order. There is always one, the last of which takes appends. */
export class SegmentList {
  #segments: Segment[];

  constructor(segments: readonly Segment[]) {
    assert(segments.length > 0, "log without a segment");
    this.#segments = [...segments];
  }

  get all(): readonly Segment[] {
    return this.#segments;
  }

  get first(): Segment {
    return this.#segments[0]!;
  }

  get active(): Segment {
    return this.#segments.at(-1)!;
  }

  /** Of the segment that holds `offset`; 0 when it lies before all of them. */
  indexOf(offset: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#segments[middle]!.baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The segment after `segment`; undefined after the last one, and when `segment` is gone. */
  after(segment: Segment): Segment | undefined {
    const next = this.#segments[this.indexOf(segment.baseOffset) + 1];
    return next !== undefined && next.baseOffset > segment.baseOffset ? next : undefined;
  }

  push(segment: Segment): void {
    assert(segment.baseOffset > this.active.baseOffset, "segments not ascending");
    this.#segments.push(segment);
  }

  /** Takes the first `count` out; one has to stay. */
  removeFirst(count: number): readonly Segment[] {
    assert(count < this.#segments.length, "log without a segment");
    return this.#segments.splice(0, count);
  }

  /** Takes all after the one at `index` out. */
  removeAfter(index: number): readonly Segment[] {
    return this.#segments.splice(index + 1);
  }

  replaceAll(segment: Segment): readonly Segment[] {
    return this.#segments.splice(0, this.#segments.length, segment);
  }
}
