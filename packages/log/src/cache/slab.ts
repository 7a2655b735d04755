import type { PooledBuffer } from "@millrace/runtime";

/** Memory that fills with the batches of all partitions, in order of arrival. */
export interface Slab {
  readonly memory: PooledBuffer;
  usedBytes: number;
  readonly runs: CachedRun[];
}

/** Where a copy of appended batches lies. */
export interface StoredBatches {
  readonly slab: Slab;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Consecutive whole batches in one slab. */
export interface CachedRun {
  readonly tail: CachedTail;
  readonly slab: Slab;
  readonly start: number;
  /** Exclusive. */
  end: number;
  readonly baseOffset: number;
  /** Exclusive. */
  endOffset: number;
}

/** The cached end of one partition, as the memory of all of them sees it. */
export interface CachedTail {
  readonly last: CachedRun | undefined;
  push(slab: Slab, start: number, end: number, baseOffset: number, endOffset: number): CachedRun;
  evictOldest(run: CachedRun): void;
}
