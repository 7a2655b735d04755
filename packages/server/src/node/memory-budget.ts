const GIBIBYTE = 1024 ** 3;

/** For frames, caches and queues together: a quarter of what there is, at most 1 GiB. In bytes. */
export function defaultMemoryBudgetBytes(memoryBytes: number): number {
  return Math.min(Math.floor(memoryBytes / 4), GIBIBYTE);
}
