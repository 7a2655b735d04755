import { lastOffset, RECORD_BATCH_OVERHEAD, sizeInBytes } from "@millrace/kafka-protocol";
import { DiskError } from "@millrace/runtime";
import type { Cut, TailRead } from "./cache/partition-tail.ts";
import type { ReadAhead, Window } from "./cache/read-ahead.ts";
import { isHeaderSound } from "./segments/batch-scan.ts";
import { LOG_SUFFIX } from "./segments/file-names.ts";
import type { Segment } from "./segments/segment.ts";
import type { SegmentList } from "./segments/segment-list.ts";

/** Windows end within a batch, which is then read again: so they hold some of them, however large those are. */
const BATCHES_A_WINDOW = 4;

/** The same as a read from the tail cache, from files: whole batches in large reads, over segments as need be. */
export class ColdRead {
  readonly #request: TailRead;
  readonly #readAhead: ReadAhead;
  readonly #buffers: Buffer[] = [];
  #sizeInBytes = 0;
  #endOffset: number;
  #done = false;
  #lastSize = 0;

  constructor(request: TailRead, readAhead: ReadAhead) {
    this.#request = request;
    this.#readAhead = readAhead;
    this.#endOffset = request.fromOffset;
  }

  async run(segments: SegmentList): Promise<Cut> {
    let segment: Segment | undefined = segments.all[segments.indexOf(this.#request.fromOffset)];
    while (segment !== undefined && !this.#done && segment.baseOffset < this.#request.limitOffset) {
      segment.retain();
      try {
        await segment.open();
        await this.#readSegment(segment);
      } finally {
        segment.release();
      }
      segment = segments.after(segment);
    }
    return { buffers: this.#buffers, sizeInBytes: this.#sizeInBytes, endOffset: this.#endOffset };
  }

  async #readSegment(segment: Segment): Promise<void> {
    let position = segment.indexes.offsets.positionBefore(this.#request.fromOffset);
    let minOffset = segment.baseOffset;
    while (!this.#done && position < segment.writtenBytes) {
      const window = await this.#windowAt(segment, position, minOffset);
      const end = this.#takeFrom(window, position, minOffset);
      position = end.position;
      minOffset = end.minOffset;
    }
  }

  /** One that holds the whole batch at `position`. */
  async #windowAt(segment: Segment, position: number, minOffset: number): Promise<Window> {
    const left = segment.writtenBytes - position;
    const wanted = Math.min(left, RECORD_BATCH_OVERHEAD);
    const hoped = Math.min(left, this.#lastSize * BATCHES_A_WINDOW);
    const found = this.#readAhead.find(segment, position, wanted);
    const window = found ?? (await this.#readAhead.load(segment, position, Math.max(wanted, hoped)));
    const at = position - window.position;
    const complete = window.bytes.length - at >= RECORD_BATCH_OVERHEAD;
    if (!complete || !isHeaderSound(window.bytes, at, minOffset, left))
      throw unsound(segment, position, minOffset);
    const size = sizeInBytes(window.bytes, at);
    if (at + size <= window.bytes.length) return window;
    const larger = await this.#readAhead.load(segment, position, Math.min(left, size * BATCHES_A_WINDOW));
    if (position - larger.position + size > larger.bytes.length) throw unsound(segment, position, minOffset);
    return larger;
  }

  /** Takes what is wanted of the whole batches in a window, as one buffer. */
  #takeFrom(window: Window, from: number, offset: number): { position: number; minOffset: number } {
    const { bytes, segment } = window;
    const { fromOffset, limitOffset, maxBytes, atLeastOneBatch } = this.#request;
    let at = from - window.position;
    let start = at;
    let minOffset = offset;
    while (bytes.length - at >= RECORD_BATCH_OVERHEAD) {
      const left = segment.writtenBytes - window.position - at;
      if (left <= 0) break;
      if (!isHeaderSound(bytes, at, minOffset, left)) throw unsound(segment, window.position + at, minOffset);
      const size = sizeInBytes(bytes, at);
      if (size > bytes.length - at) break;
      const last = lastOffset(bytes, at);
      this.#lastSize = size;
      if (last < fromOffset) {
        start = at + size;
      } else {
        const isFirst = this.#sizeInBytes === 0 && at === start;
        const fits = this.#sizeInBytes + (at + size - start) <= maxBytes || (isFirst && atLeastOneBatch);
        if (last >= limitOffset || !fits) {
          this.#done = true;
          break;
        }
        this.#endOffset = last + 1;
      }
      minOffset = last + 1;
      at += size;
    }
    if (at > start) {
      this.#buffers.push(bytes.subarray(start, at));
      this.#sizeInBytes += at - start;
    }
    return { position: window.position + at, minOffset };
  }
}

function unsound(segment: Segment, position: number, minOffset: number): DiskError {
  return new DiskError(
    "IO",
    segment.path(LOG_SUFFIX),
    `no sound batch at position ${position}, where offset ${minOffset} or a later one is expected`,
  );
}
