import type { ByteBudget } from "@millrace/runtime";
import { Frame } from "./frame.ts";
import { HeldMemory } from "./held-memory.ts";

/** Smaller parts are copied together: as buffers of their own they would cost more than their bytes. */
const PART_BYTES_MIN = 4_096;
const SLAB_BYTES = 16_384;

/** Collects the parts of one frame that arrives in several chunks. */
export class FrameGatherer {
  readonly #budget: ByteBudget;
  readonly #frameBytes: number;
  readonly #parts: Buffer[] = [];
  readonly #memories: HeldMemory[] = [];
  /** Where small parts go; its used bytes are `#parts`' last element. */
  #slab: Buffer | undefined;
  #slabUsed = 0;
  #size = 0;

  constructor(budget: ByteBudget, frameBytes: number) {
    this.#budget = budget;
    this.#frameBytes = frameBytes;
  }

  /** Bytes collected so far. */
  get size(): number {
    return this.#size;
  }

  /** `part` is a view of a chunk, which `memory` counts. */
  add(part: Buffer, memory: HeldMemory): void {
    if (part.length === 0) return;
    this.#size += part.length;
    if (part.length < PART_BYTES_MIN) {
      this.#addSmall(part);
      return;
    }
    this.#slab = undefined;
    this.#parts.push(part);
    this.#memories.push(memory.hold());
  }

  finish(): Frame {
    const memory = new HeldMemory(this.#budget, this.#frameBytes);
    // Never from the pool of small buffers: frames live for as long as their requests, and would pin its slabs.
    const bytes = Buffer.allocUnsafeSlow(this.#frameBytes);
    let at = 0;
    for (const part of this.#parts) at += part.copy(bytes, at);
    this.destroy();
    return new Frame(bytes, memory);
  }

  destroy(): void {
    for (const memory of this.#memories) memory.release();
    this.#memories.length = 0;
    this.#parts.length = 0;
  }

  #addSmall(part: Buffer): void {
    let rest = part;
    while (rest.length > 0) {
      const slab = this.#slab ?? this.#newSlab();
      const copied = rest.copy(slab, this.#slabUsed);
      this.#slabUsed += copied;
      this.#parts[this.#parts.length - 1] = slab.subarray(0, this.#slabUsed);
      rest = rest.subarray(copied);
      if (this.#slabUsed === slab.length) this.#slab = undefined;
    }
  }

  #newSlab(): Buffer {
    const bytes = Math.min(SLAB_BYTES, this.#frameBytes);
    this.#memories.push(new HeldMemory(this.#budget, bytes));
    this.#parts.push(Buffer.alloc(0));
    this.#slabUsed = 0;
    this.#slab = Buffer.allocUnsafeSlow(bytes);
    return this.#slab;
  }
}
