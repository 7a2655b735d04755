import { assert, type BufferPool } from "@millrace/runtime";
import type { CachedTail, Slab, StoredBatches } from "./slab.ts";

/** How much memory appended batches get at a time, or a share of a small cache. */
const SLAB_BYTES_MAX = 1_048_576;
const SLAB_SHARE = 1 / 16;
/** Small neighbours are found as one up to this size: a read looks through all headers of the run that it begins in. */
const RUN_BYTES_MAX = 32_768;
/** What a run costs besides its bytes, so that tiny ones cannot outgrow the bound. */
const RUN_OVERHEAD_BYTES = 128;

/**
 * The memory of a log directory's appends: batches are copied into slabs, written from there, and then those same slabs
 * are what tailing readers read. Of all partitions of a node, oldest out first.
 *
 * Whoever still writes or reads a slab that goes holds its memory; else the next slab takes it. So in a steady state
 * nothing is allocated, and beyond the bound there is what waits for the disk and what slow readers hold.
 */
export class TailCache {
  readonly #pool: BufferPool;
  #bytesMax: number;
  /** Oldest first; the last one is being filled. */
  readonly #slabs: Slab[] = [];
  #slabBytes = 0;
  #runs = 0;

  constructor(pool: BufferPool, bytesMax: number) {
    this.#pool = pool;
    this.#bytesMax = bytesMax;
  }

  get usedBytes(): number {
    return this.#slabBytes + this.#runs * RUN_OVERHEAD_BYTES;
  }

  setBytesMax(bytes: number): void {
    assert(bytes >= 0, "negative cache bound");
    this.#bytesMax = bytes;
    this.#evict(0);
  }

  /** Copies whole batches. They are for readers to find only after `add`, of the same turn. */
  store(batches: Buffer): StoredBatches {
    let slab = this.#slabs.at(-1);
    if (slab === undefined || slab.memory.bytes.length - slab.usedBytes < batches.length) {
      slab = this.#addSlab(batches.length);
    }
    const start = slab.usedBytes;
    slab.usedBytes += batches.copy(slab.memory.bytes, start);
    return { slab, start, end: slab.usedBytes };
  }

  /** The next batches of their partition. */
  add(tail: CachedTail, { slab, start, end }: StoredBatches, baseOffset: number, endOffset: number): void {
    const { last } = tail;
    const follows = last?.slab === slab && last.end === start && last.endOffset === baseOffset;
    if (last !== undefined && follows && end - last.start <= RUN_BYTES_MAX) {
      last.end = end;
      last.endOffset = endOffset;
    } else {
      slab.runs.push(tail.push(slab, start, end, baseOffset, endOffset));
      this.#runs++;
    }
    this.#evict(0);
  }

  /** Called by a tail for a run that it no longer has. Its bytes stay until it is their slab's turn. */
  forgotten(): void {
    this.#runs--;
  }

  #addSlab(bytesMin: number): Slab {
    const bytes = Math.max(bytesMin, Math.min(SLAB_BYTES_MAX, Math.floor(this.#bytesMax * SLAB_SHARE)));
    this.#evict(bytes); // first, so that this one gets the memory
    const slab = { memory: this.#pool.take(bytes), usedBytes: 0, runs: [] };
    this.#slabs.push(slab);
    this.#slabBytes += slab.memory.bytes.length;
    return slab;
  }

  /** Until there is room for `bytes` more. */
  #evict(bytes: number): void {
    while (this.usedBytes + bytes > this.#bytesMax) {
      const slab = this.#slabs.shift();
      if (slab === undefined) return;
      for (const run of slab.runs) run.tail.evictOldest(run);
      this.#slabBytes -= slab.memory.bytes.length;
      slab.memory.release();
    }
  }
}
