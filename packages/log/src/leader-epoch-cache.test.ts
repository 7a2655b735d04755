import { describe, expect, test } from "vitest";
import { LeaderEpochCache } from "./leader-epoch-cache.ts";

function cacheOf(...entries: readonly [number, number][]): LeaderEpochCache {
  const cache = LeaderEpochCache.empty();
  for (const [epoch, startOffset] of entries) cache.assign(epoch, startOffset);
  return cache;
}

const listed = (cache: LeaderEpochCache) =>
  cache.entries.map(({ epoch, startOffset }) => [epoch, startOffset]);

describe("LeaderEpochCache", () => {
  test("an epoch without records gives way, and epochs never fall", () => {
    const cache = cacheOf([0, 0], [2, 10], [4, 10], [3, 20]);
    expect(listed(cache)).toEqual([
      [0, 0],
      [4, 10],
    ]);
  });

  test("answers the last epoch up to the one asked for, and where it ended (KIP-101)", () => {
    const cache = cacheOf([1, 5], [3, 10], [6, 30]);
    expect(cache.endOffsetFor(0, 40)).toEqual({ epoch: 0, endOffset: 5 });
    expect(cache.endOffsetFor(2, 40)).toEqual({ epoch: 1, endOffset: 10 });
    expect(cache.endOffsetFor(5, 40)).toEqual({ epoch: 3, endOffset: 30 });
    expect(cache.endOffsetFor(6, 40)).toEqual({ epoch: 6, endOffset: 40 });
    expect(cache.endOffsetFor(7, 40)).toBeUndefined();
    expect([cache.epochAt(4), cache.epochAt(29), cache.epochAt(99)]).toEqual([-1, 3, 6]);
  });

  test("forgets what is cut at either end", () => {
    const cache = cacheOf([1, 5], [3, 10], [6, 30]);
    cache.truncateFromEnd(30);
    cache.truncateFromStart(12);
    expect(listed(cache)).toEqual([[3, 12]]);
    cache.clear();
    expect(cache.latestEpoch).toBe(-1);
  });

  test("is written in Kafka's format when it changed, and read back", () => {
    const cache = cacheOf([1, 5], [3, 10]);
    const content = cache.takeChanged()!;
    expect(content.toString()).toBe("0\n2\n1 5\n3 10\n");
    expect(cache.takeChanged()).toBeUndefined();
    expect(listed(LeaderEpochCache.parse(content)!)).toEqual(listed(cache));
  });

  test.each([
    "",
    "0\n",
    "1\n0\n",
    "0\n2\n1 5\n",
    "0\n1\n1\n",
    "0\n2\n3 5\n1 9\n",
    "0\n1\nx 5\n",
    "0\n1\n1 -x\n",
  ])("a damaged file is none: %j", (text) =>
    expect(LeaderEpochCache.parse(Buffer.from(text))).toBeUndefined(),
  );
});
