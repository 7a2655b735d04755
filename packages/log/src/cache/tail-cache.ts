import { assert } from "@millrace/runtime";
import { BackingBytes } from "./backing-bytes.ts";
import type { CachedRun, PartitionTail } from "./partition-tail.ts";

/** Small appends of all partitions are copied into slabs of this size, or of a share of a small cache. */
const SLAB_BYTES_MAX = 262_144;
const SLAB_SHARE = 1 / 16;
/** Less than this is always copied: it costs nothing, and neighbours are then read as one. */
const SMALL_BYTES = 4_096;
/** What a run costs besides its bytes, so that tiny ones cannot outgrow the bound. */
const RUN_OVERHEAD_BYTES = 128;
/** How many forgotten places at the front of the queue are worth moving the rest. */
const QUEUE_SLACK = 1_024;

/**
 * The recently appended bytes of all partitions of a node, oldest out first. The bound counts what is really kept
 * alive: an append that is small, or fills less than half of its backing buffer, is copied, since a view would pin the
 * whole.
 */
export class TailCache {
  #bytesMax: number;
  readonly #backing = new BackingBytes();
  /** In order of arrival; those before `#head` are gone. */
  #queue: (CachedRun | undefined)[] = [];
  #head = 0;
  #runs = 0;
  #slab: Buffer = Buffer.alloc(0);
  #slabUsed = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get usedBytes(): number {
    return this.#backing.bytes + this.#runs * RUN_OVERHEAD_BYTES;
  }

  setBytesMax(bytes: number): void {
    assert(bytes >= 0, "negative cache bound");
    this.#bytesMax = bytes;
    this.#evict();
  }

  /** Whole batches, the next of their partition. */
  add(tail: PartitionTail, bytes: Buffer, baseOffset: number, endOffset: number): void {
    if (bytes.length >= SMALL_BYTES && bytes.length * 2 >= bytes.buffer.byteLength) {
      this.#enqueue(tail.push(bytes, baseOffset, endOffset));
    } else {
      this.#addCopy(tail, bytes, baseOffset, endOffset);
    }
    this.#evict();
  }

  /** Called by a tail for a run that it forgot on its own. The place in the queue stays until its turn. */
  forgotten(run: CachedRun): void {
    this.#runs--;
    this.#backing.drop(run.bytes);
  }

  /** Neighbours of one partition in a slab become one run: small batches are read together, too. */
  #addCopy(tail: PartitionTail, bytes: Buffer, baseOffset: number, endOffset: number): void {
    const slabBytes = Math.min(SLAB_BYTES_MAX, Math.floor(this.#bytesMax * SLAB_SHARE));
    if (bytes.length > slabBytes) {
      const copy = Buffer.allocUnsafeSlow(bytes.length);
      bytes.copy(copy);
      this.#enqueue(tail.push(copy, baseOffset, endOffset));
      return;
    }
    if (bytes.length > this.#slab.length - this.#slabUsed) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#slabUsed = 0;
    }
    const start = this.#slabUsed;
    bytes.copy(this.#slab, start);
    this.#slabUsed += bytes.length;
    const last = tail.last;
    const endOfLast = last?.bytes.buffer === this.#slab.buffer && last.bytes.byteOffset + last.bytes.length;
    if (last !== undefined && endOfLast === start && last.endOffset === baseOffset) {
      last.bytes = this.#slab.subarray(last.bytes.byteOffset, this.#slabUsed);
      last.endOffset = endOffset;
      return;
    }
    this.#enqueue(tail.push(this.#slab.subarray(start, this.#slabUsed), baseOffset, endOffset));
  }

  #enqueue(run: CachedRun): void {
    this.#queue.push(run);
    this.#runs++;
    this.#backing.hold(run.bytes);
  }

  #evict(): void {
    while (this.usedBytes > this.#bytesMax && this.#head < this.#queue.length) {
      const run = this.#queue[this.#head];
      this.#queue[this.#head++] = undefined;
      run?.tail.evictOldest(run);
    }
    if (this.#head > QUEUE_SLACK && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
