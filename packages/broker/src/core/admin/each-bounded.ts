/** Items of one request that are worked on at once: each may read from the disk. */
const CONCURRENCY = 16;

/** Runs `work` for every item, a few at a time. Resolves with the results in the order of the items. */
export async function eachBounded<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  const rest = items.entries();
  const worker = async () => {
    for (const [i, item] of rest) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
  return results;
}
