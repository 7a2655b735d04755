import { lastOffset, sizeInBytes } from "@millrace/kafka-protocol";
import { assert } from "@millrace/runtime";
import type { TailCache } from "./tail-cache.ts";

/** Consecutive whole batches in one piece of memory. */
export interface CachedRun {
  readonly tail: PartitionTail;
  bytes: Buffer;
  readonly baseOffset: number;
  /** Exclusive. */
  endOffset: number;
}

export interface TailRead {
  readonly fromOffset: number;
  /** No batch that reaches this offset. */
  readonly limitOffset: number;
  readonly maxBytes: number;
  readonly atLeastOneBatch: boolean;
}

export interface Cut {
  readonly buffers: Buffer[];
  readonly sizeInBytes: number;
  /** One above the last offset in `buffers`. */
  readonly endOffset: number;
}

const RUNS_SLACK = 256;

/** The cached end of one partition: all of its batches from the oldest run on. */
export class PartitionTail {
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

  add(bytes: Buffer, baseOffset: number, endOffset: number): void {
    this.#cache.add(this, bytes, baseOffset, endOffset);
  }

  /** For the cache: the run that it has to keep count of. */
  push(bytes: Buffer, baseOffset: number, endOffset: number): CachedRun {
    assert((this.last?.endOffset ?? 0) <= baseOffset, "tail cache goes back");
    const run = { tail: this, bytes, baseOffset, endOffset };
    this.#runs.push(run);
    return run;
  }

  /** For the cache: it evicts in order of arrival, which is this order too. */
  evictOldest(run: CachedRun): void {
    if (this.#runs[this.#head] !== run) return; // forgotten before its turn
    this.#head++;
    this.#cache.forgotten(run);
    if (this.#head > RUNS_SLACK && this.#head * 2 > this.#runs.length) {
      this.#runs = this.#runs.slice(this.#head);
      this.#head = 0;
    }
  }

  clear(): void {
    for (const run of this.#runs.slice(this.#head)) this.#cache.forgotten(run);
    this.#runs = [];
    this.#head = 0;
  }

  /** Whole batches from the one that holds `fromOffset`; undefined when that is not here (any more). */
  read(request: TailRead): Cut | undefined {
    let index = this.#indexOf(request.fromOffset);
    if (index === undefined) return undefined;
    const buffers: Buffer[] = [];
    let sizeInBytes = 0;
    let endOffset = request.fromOffset;
    for (; index < this.#runs.length; index++) {
      const run = this.#runs[index]!;
      const bytesLeft = request.maxBytes - sizeInBytes;
      if (run.baseOffset >= request.limitOffset || (bytesLeft <= 0 && buffers.length > 0)) break;
      const whole = run.endOffset <= request.limitOffset && run.bytes.length <= bytesLeft;
      if (whole && run.baseOffset >= request.fromOffset) {
        buffers.push(run.bytes);
        sizeInBytes += run.bytes.length;
        endOffset = run.endOffset;
        continue;
      }
      const part = cutRun(run.bytes, { ...request, maxBytes: bytesLeft }, buffers.length === 0);
      if (part.bytes.length > 0) {
        buffers.push(part.bytes);
        sizeInBytes += part.bytes.length;
        endOffset = part.endOffset;
      }
      if (!whole) break;
    }
    return { buffers, sizeInBytes, endOffset };
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

/** The part of a run of whole batches that a read wants. */
function cutRun(bytes: Buffer, request: TailRead, isFirst: boolean): { bytes: Buffer; endOffset: number } {
  let at = 0;
  while (at < bytes.length && lastOffset(bytes, at) < request.fromOffset) at += sizeInBytes(bytes, at);
  const start = at;
  let endOffset = request.fromOffset;
  while (at < bytes.length) {
    const size = sizeInBytes(bytes, at);
    const last = lastOffset(bytes, at);
    const exempt = isFirst && at === start && request.atLeastOneBatch;
    if (last >= request.limitOffset || (at + size - start > request.maxBytes && !exempt)) break;
    endOffset = last + 1;
    at += size;
  }
  return { bytes: bytes.subarray(start, at), endOffset };
}
