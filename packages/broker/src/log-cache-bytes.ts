const LOG_CACHE_SHARE = 1 / 4;
const LOG_CACHE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * What the logs' memory takes of a broker's budget. The page cache has what was written lately, and reads from it take
 * hardly longer than from memory of our own: consumers got as much with 64 MiB as with 512, and 300 MB less stayed
 * resident. Less than 32 MiB is too little for the requests that are under way at a time, which share the pool.
 */
export function logCacheBytes(budgetBytes: number): number {
  return Math.min(LOG_CACHE_BYTES_MAX, Math.floor(budgetBytes * LOG_CACHE_SHARE));
}
