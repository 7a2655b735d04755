import { lastOffset, sizeInBytes } from "@millrace/kafka-protocol";
import { assert } from "@millrace/runtime";
import { HeldPieces } from "./held-pieces.ts";
import type { CachedRun, CachedTail, Slab, StoredBatches } from "./slab.ts";
import type { TailCache } from "./tail-cache.ts";

export interface TailRead {
  readonly fromOffset: number;
  /** No batch that reaches this offset. */
  readonly limitOffset: number;
  readonly maxBytes: number;
  readonly atLeastOneBatch: boolean;
}

export interface Cut {
  readonly pieces: HeldPieces;
  /** One above the last offset in `pieces`. */
  readonly endOffset: number;
}

const RUNS_SLACK = 256;

/** The cached end of one partition: all of its batches from the oldest run on. */
export class PartitionTail implements CachedTail {
  readonly #cache: TailCache;
  #runs: CachedRun[] = [];
  /** Those before are evicted. */
  #head = 0;

  constructor(cache: TailCache) {
    this.#cache = cache;
  }

  get last(): CachedRun | undefined {
    return this.#head < this.#runs.length ? this.#runs.at(-1) : undefined;
  }

  add(stored: StoredBatches, baseOffset: number, endOffset: number): void {
    this.#cache.add(this, stored, baseOffset, endOffset);
  }

  /** For the cache: the run that it has to keep count of. */
  push(slab: Slab, start: number, end: number, baseOffset: number, endOffset: number): CachedRun {
    assert((this.last?.endOffset ?? 0) <= baseOffset, "tail cache goes back");
    const run = { tail: this, slab, start, end, baseOffset, endOffset };
    this.#runs.push(run);
    return run;
  }

  /** For the cache: it evicts in order of arrival, which is this order too. */
  evictOldest(run: CachedRun): void {
    if (this.#runs[this.#head] !== run) return; // forgotten before its turn
    this.#head++;
    this.#cache.forgotten();
    if (this.#head > RUNS_SLACK && this.#head * 2 > this.#runs.length) {
      this.#runs = this.#runs.slice(this.#head);
      this.#head = 0;
    }
  }

  clear(): void {
    for (let index = this.#head; index < this.#runs.length; index++) this.#cache.forgotten();
    this.#runs = [];
    this.#head = 0;
  }

  /** Whole batches from the one that holds `fromOffset`; undefined when that is not here (any more). */
  read(request: TailRead): Cut | undefined {
    let index = this.#indexOf(request.fromOffset);
    if (index === undefined) return undefined;
    const pieces = new HeldPieces();
    let endOffset = request.fromOffset;
    for (; index < this.#runs.length; index++) {
      const run = this.#runs[index]!;
      const bytesLeft = request.maxBytes - pieces.sizeInBytes;
      const isFirst = pieces.sizeInBytes === 0;
      if (run.baseOffset >= request.limitOffset || (bytesLeft <= 0 && !isFirst)) break;
      const whole = run.endOffset <= request.limitOffset && run.end - run.start <= bytesLeft;
      if (whole && run.baseOffset >= request.fromOffset) {
        pieces.add(run.slab.memory, run.start, run.end);
        endOffset = run.endOffset;
        continue;
      }
      const part = cutRun(run, { ...request, maxBytes: bytesLeft }, isFirst);
      if (part.end > part.start) {
        pieces.add(run.slab.memory, part.start, part.end);
        endOffset = part.endOffset;
      }
      if (!whole) break;
    }
    return { pieces, endOffset };
  }

  #indexOf(offset: number): number | undefined {
    const oldest = this.#runs[this.#head];
    if (oldest === undefined || offset < oldest.baseOffset) return undefined;
    let low = this.#head;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#runs[middle]!.baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

interface Part {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly endOffset: number;
}

/** The part of a run of whole batches that a read wants. */
function cutRun(run: CachedRun, request: TailRead, isFirst: boolean): Part {
  const { bytes } = run.slab.memory;
  let at = run.start;
  while (at < run.end && lastOffset(bytes, at) < request.fromOffset) at += sizeInBytes(bytes, at);
  const start = at;
  let { fromOffset: endOffset } = request;
  while (at < run.end) {
    const size = sizeInBytes(bytes, at);
    const last = lastOffset(bytes, at);
    const exempt = isFirst && at === start && request.atLeastOneBatch;
    if (last >= request.limitOffset || (at + size - start > request.maxBytes && !exempt)) break;
    endOffset = last + 1;
    at += size;
  }
  return { start, end: at, endOffset };
}
