import type { FrameMemory } from "./frame-memory.ts";
import type { HalfFrame } from "./half-frame.ts";
import type { HeldMemory } from "./held-memory.ts";

/** A frame's own buffer is made when this part of it has arrived: so its memory grows with what arrives. */
const ARRIVED_FRACTION = 1 / 8;
/** Smaller frames have theirs at once; the bytes of larger ones first lie in slabs of this size. */
const SLAB_BYTES = 16_384;

/** Collects one frame that arrives in several chunks. Everything is copied: chunks are gone after their turn. */
export class FrameGatherer implements HalfFrame {
  readonly frameBytes: number;
  readonly number: number;
  readonly #memory: FrameMemory;
  /** Until enough has arrived. All but the last one are full. */
  #slabs: HeldMemory[] = [];
  #whole: HeldMemory | undefined;
  #size = 0;

  constructor(memory: FrameMemory, frameBytes: number) {
    this.#memory = memory;
    this.frameBytes = frameBytes;
    this.number = memory.nextFrameNumber();
  }

  /** Bytes that are here. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that are missing. */
  get missing(): number {
    return this.frameBytes - this.#size;
  }

  get neededBytes(): number {
    return this.#whole === undefined ? Math.min(this.frameBytes, this.#memory.countedBytesMax) : 0;
  }

  /** Takes at most what is missing from `chunk`, and returns where it stopped. */
  add(chunk: Buffer, start: number): number {
    const end = Math.min(start + this.missing, chunk.length);
    const arrived = this.#size + end - start;
    if (this.frameBytes <= SLAB_BYTES || arrived >= this.frameBytes * ARRIVED_FRACTION) {
      this.#whole ??= this.#makeWhole();
    }
    if (this.#whole === undefined) this.#addToSlabs(chunk, start, end);
    else chunk.copy(this.#whole.bytes, this.#size, start, end);
    this.#size = arrived;
    return end;
  }

  /** When nothing is missing: the memory that begins with the frame, which is the caller's to release. */
  finish(): HeldMemory {
    const whole = this.#whole!;
    this.#whole = undefined;
    this.#memory.noLongerUnfinished(whole);
    return whole;
  }

  destroy(): void {
    this.#dropSlabs();
    if (this.#whole !== undefined) this.#drop(this.#whole);
    this.#whole = undefined;
  }

  #makeWhole(): HeldMemory {
    const whole = this.#memory.takeUnfinished(this.frameBytes);
    for (const [index, { bytes }] of this.#slabs.entries()) {
      bytes.copy(whole.bytes, index * SLAB_BYTES, 0, Math.min(SLAB_BYTES, this.#size - index * SLAB_BYTES));
    }
    this.#dropSlabs();
    return whole;
  }

  #addToSlabs(chunk: Buffer, start: number, end: number): void {
    let size = this.#size;
    for (let at = start; at < end; ) {
      const used = size % SLAB_BYTES;
      if (used === 0) this.#slabs.push(this.#memory.takeUnfinished(SLAB_BYTES));
      const copied = chunk.copy(this.#slabs.at(-1)!.bytes, used, at, Math.min(end, at + SLAB_BYTES - used));
      at += copied;
      size += copied;
    }
  }

  #dropSlabs(): void {
    for (const slab of this.#slabs) this.#drop(slab);
    this.#slabs = [];
  }

  #drop(memory: HeldMemory): void {
    this.#memory.noLongerUnfinished(memory);
    memory.release();
  }
}
