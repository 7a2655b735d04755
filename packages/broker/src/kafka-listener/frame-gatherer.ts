import type { ByteBudget } from "@millrace/runtime";
import { Frame } from "./frame.ts";
import { HeldMemory } from "./held-memory.ts";

/** A frame's own buffer is made when this part of it has arrived: so its memory grows with what arrives. */
const ARRIVED_FRACTION = 1 / 8;
/** Smaller frames have theirs at once. */
const SMALL_FRAME_BYTES = 16_384;
const SLAB_BYTES = 65_536;

/** Collects one frame that arrives in several chunks. Everything is copied: chunks are gone after their turn. */
export class FrameGatherer {
  readonly #budget: ByteBudget;
  readonly #frameBytes: number;
  /** Until enough has arrived. Its last one is filled up to `#slabUsed`. */
  #slabs: Buffer[] = [];
  #slabUsed = 0;
  #memories: HeldMemory[] = [];
  #whole: Buffer | undefined;
  #size = 0;

  constructor(budget: ByteBudget, frameBytes: number) {
    this.#budget = budget;
    this.#frameBytes = frameBytes;
  }

  /** Bytes that are missing. */
  get missing(): number {
    return this.#frameBytes - this.#size;
  }

  /** Takes at most what is missing from `chunk`, and returns where it stopped. */
  add(chunk: Buffer, start: number): number {
    const end = Math.min(start + this.missing, chunk.length);
    const arrived = this.#size + end - start;
    if (
      this.#whole === undefined &&
      (this.#frameBytes <= SMALL_FRAME_BYTES || arrived >= this.#frameBytes * ARRIVED_FRACTION)
    ) {
      this.#makeWhole();
    }
    if (this.#whole === undefined) this.#addToSlabs(chunk, start, end);
    else chunk.copy(this.#whole, this.#size, start, end);
    this.#size = arrived;
    return end;
  }

  /** When nothing is missing. */
  finish(): Frame {
    const [memory] = this.#memories;
    return new Frame(this.#whole!, memory!);
  }

  destroy(): void {
    for (const memory of this.#memories) memory.release();
    this.#memories = [];
  }

  #makeWhole(): void {
    const memory = new HeldMemory(this.#budget, this.#frameBytes);
    // Never from the pool of small buffers: frames live for as long as their requests, and would pin its slabs.
    this.#whole = Buffer.allocUnsafeSlow(this.#frameBytes);
    let at = 0;
    for (const [index, slab] of this.#slabs.entries()) {
      const used = index === this.#slabs.length - 1 ? this.#slabUsed : slab.length;
      at += slab.copy(this.#whole, at, 0, used);
    }
    this.destroy();
    this.#slabs = [];
    this.#memories = [memory];
  }

  #addToSlabs(chunk: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      let slab = this.#slabs.at(-1);
      if (slab === undefined || this.#slabUsed === slab.length) {
        this.#memories.push(new HeldMemory(this.#budget, SLAB_BYTES));
        slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
        this.#slabs.push(slab);
        this.#slabUsed = 0;
      }
      const copied = chunk.copy(slab, this.#slabUsed, at, end);
      this.#slabUsed += copied;
      at += copied;
    }
  }
}
