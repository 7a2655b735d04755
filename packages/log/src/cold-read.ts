import { lastOffset, RECORD_BATCH_OVERHEAD, sizeInBytes } from "@millrace/kafka-protocol";
import { DiskError, type MaybePromise } from "@millrace/runtime";
import { HeldPieces } from "./cache/held-pieces.ts";
import type { Cut, TailRead } from "./cache/partition-tail.ts";
import type { FileRead, ReadBuffers } from "./cache/read-buffers.ts";
import { isHeaderSound } from "./segments/batch-scan.ts";
import { LOG_SUFFIX } from "./segments/file-names.ts";
import type { ReadEnds } from "./segments/read-ends.ts";
import type { Segment } from "./segments/segment.ts";
import type { SegmentList } from "./segments/segment-list.ts";

/** The most that is read at once. Larger batches are read alone. */
const READ_BYTES_MAX = 1_048_576;
/** The least that is worth a call. */
const READ_BYTES_MIN = 16_384;

/**
 * The same as a read from the tail cache, from files: whole batches in large reads, over segments as need be. Each read
 * asks for what is still wanted and no more; who goes on where a read ended starts exactly there.
 */
export class ColdRead {
  readonly #request: TailRead;
  readonly #segments: SegmentList;
  readonly #readBuffers: ReadBuffers;
  readonly #pieces = new HeldPieces();
  /** The next to be opened. */
  #next: Segment | undefined;
  /** Open, and retained. */
  #segment: Segment | undefined;
  /** Of the segment as it was before any truncation that comes while this reads. */
  #readEnds: ReadEnds | undefined;
  #position = 0;
  #minOffset = 0;
  #endOffset: number;
  /** Of the batch at `#position`, when the last read ended within it. */
  #batchBytes = 0;
  #done = false;

  constructor(request: TailRead, segments: SegmentList, readBuffers: ReadBuffers) {
    this.#request = request;
    this.#segments = segments;
    this.#readBuffers = readBuffers;
    this.#endOffset = request.fromOffset;
    this.#next = segments.all[segments.indexOf(request.fromOffset)];
  }

  /** At once when segments are open and the disk has the bytes at hand. Throws, or rejects with, what the disk does. */
  run(): MaybePromise<Cut> {
    try {
      while (!this.#done) {
        const waits = this.#step();
        if (waits !== undefined) return this.#runLater(waits);
      }
      return this.#finish();
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  async #runLater(first: Promise<void>): Promise<Cut> {
    try {
      await first;
      while (!this.#done) await this.#step();
      return this.#finish();
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  #step(): Promise<void> | undefined {
    const segment = this.#segment;
    if (segment === undefined) return this.#openNext();
    const left = segment.writtenBytes - this.#position;
    if (left <= 0) {
      this.#leave(segment);
      return undefined;
    }
    const wanted = this.#wantedBytes(left);
    const read = this.#readBuffers.read(segment.file, this.#position, wanted);
    if (read instanceof Promise) return read.then((later) => this.#take(segment, later, wanted));
    this.#take(segment, read, wanted);
    return undefined;
  }

  #openNext(): Promise<void> | undefined {
    const segment = this.#next;
    if (segment === undefined || segment.baseOffset >= this.#request.limitOffset) {
      this.#done = true;
      return undefined;
    }
    segment.retain();
    this.#segment = segment;
    const opening = segment.open();
    if (opening instanceof Promise) return opening.then(() => this.#enter(segment));
    this.#enter(segment);
    return undefined;
  }

  #enter(segment: Segment): void {
    const { fromOffset } = this.#request;
    this.#readEnds = segment.readEnds;
    const known = this.#readEnds.get(fromOffset);
    this.#position = known ?? segment.indexes.offsets.positionBefore(fromOffset);
    this.#minOffset = known === undefined ? segment.baseOffset : fromOffset;
  }

  #leave(segment: Segment): void {
    if (this.#pieces.sizeInBytes > 0) this.#readEnds?.set(this.#endOffset, this.#position);
    this.#next = this.#segments.after(segment);
    this.#segment = undefined;
    segment.release();
  }

  #wantedBytes(left: number): number {
    const room = Math.min(this.#request.maxBytes - this.#pieces.sizeInBytes, READ_BYTES_MAX);
    return Math.min(left, Math.max(room, READ_BYTES_MIN, this.#batchBytes));
  }

  /** Takes what is wanted of the batches in `read`. */
  #take(segment: Segment, { memory, lengthInBytes }: FileRead, wantedBytes: number): void {
    try {
      if (lengthInBytes < wantedBytes) throw this.#unsound(segment); // the file is shorter than it was
      this.#walk(segment, memory.bytes, lengthInBytes, (start, end) => this.#pieces.add(memory, start, end));
    } finally {
      memory.release();
    }
    if (this.#done) this.#leave(segment);
  }

  #walk(segment: Segment, bytes: Buffer, length: number, take: (start: number, end: number) => void): void {
    const { fromOffset, limitOffset, maxBytes, atLeastOneBatch } = this.#request;
    const origin = this.#position;
    const taken = this.#pieces.sizeInBytes;
    this.#batchBytes = 0;
    let at = 0;
    let start = 0;
    while (length - at >= RECORD_BATCH_OVERHEAD) {
      if (!isHeaderSound(bytes, at, this.#minOffset, segment.writtenBytes - origin - at)) {
        throw this.#unsound(segment);
      }
      const size = sizeInBytes(bytes, at);
      const last = lastOffset(bytes, at);
      if (last < fromOffset) {
        start = at + size; // possibly beyond what was read
      } else {
        const exempt = taken === 0 && at === start && atLeastOneBatch;
        const fits = taken + (at + size - start) <= maxBytes || exempt;
        this.#done = last >= limitOffset || !fits;
        if (this.#done) break;
        if (size > length - at) {
          this.#batchBytes = size;
          break;
        }
        this.#endOffset = last + 1;
      }
      this.#minOffset = last + 1;
      at += size;
      this.#position = origin + at;
    }
    if (at === 0 && !this.#done && this.#batchBytes === 0) throw this.#unsound(segment); // less than a header
    if (at > start) take(start, at);
    // Nothing fits any more: the next header need not be read to know that.
    if (this.#pieces.sizeInBytes > 0 && maxBytes - this.#pieces.sizeInBytes < RECORD_BATCH_OVERHEAD) {
      this.#done = true;
    }
  }

  #finish(): Cut {
    return { pieces: this.#pieces, endOffset: this.#endOffset };
  }

  #drop(): void {
    this.#segment?.release();
    this.#segment = undefined;
    this.#pieces.release();
  }

  #unsound(segment: Segment): DiskError {
    return new DiskError(
      "IO",
      segment.path(LOG_SUFFIX),
      `no sound batch at position ${this.#position}, where offset ${this.#minOffset} or a later one is expected`,
    );
  }
}
