import { ZERO_UUID } from "@millrace/kafka-protocol";
import { createSimulatedRuntime } from "@millrace/runtime";
import { expect, test } from "vitest";
import { partitionKey, type SessionPartition } from "./fetch-session.ts";
import { FetchSessionCache, type FetchSessionCacheOptions } from "./fetch-session-cache.ts";

const EVICTION_MS = 1_000;

function cacheOf(options: Partial<FetchSessionCacheOptions>) {
  const { clock, random } = createSimulatedRuntime();
  const cache = new FetchSessionCache({
    sessionsMax: 10,
    evictionMs: EVICTION_MS,
    clock,
    random,
    ...options,
  });
  const create = (partitions = 1) => cache.create("User:test", false, partitionsOf(partitions));
  return { cache, clock, create };
}

function partitionsOf(count: number): Map<string, SessionPartition> {
  const partitions = new Map<string, SessionPartition>();
  for (let partition = 0; partition < count; partition++) {
    partitions.set(partitionKey("orders", ZERO_UUID, partition), {
      topic: "orders",
      topicId: ZERO_UUID,
      partition,
      fetchOffset: 0,
      maxBytes: 1,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      highWatermark: -1,
      logStartOffset: -1,
    });
  }
  return partitions;
}

test("a session that was just used stays: the next client gets none", () => {
  const { cache, clock, create } = cacheOf({ sessionsMax: 2 });
  const first = create()!;
  const second = create()!;
  clock.advance(EVICTION_MS - 1);
  expect(create()).toBeUndefined();
  expect(cache.get(first.id)).toBe(first);
  expect(cache.get(second.id)).toBe(second);
});

test("the least recently used session makes room once it is old enough", () => {
  const { cache, clock, create } = cacheOf({ sessionsMax: 2 });
  const first = create()!;
  const second = create()!;
  clock.advance(EVICTION_MS);
  cache.used(first, 1);
  const third = create()!;
  expect(cache.get(second.id)).toBeUndefined();
  expect(cache.get(first.id)).toBe(first);
  expect(cache.get(third.id)).toBe(third);
  expect(create()).toBeUndefined();
});

test("partitions of all sessions together are bounded, also those that a session gets later", () => {
  const { cache, clock, create } = cacheOf({ partitionsMax: 10 });
  expect(create(11)).toBeUndefined();
  const first = create(4)!;
  for (const [key, partition] of partitionsOf(7)) first.partitions.set(key, partition);
  cache.used(first, 4);
  expect(create(4)).toBeUndefined();
  const second = create(3)!;
  clock.advance(EVICTION_MS);
  cache.used(second, 3);
  expect(create(8)).toBeUndefined(); // the first alone is old enough, and 3 + 8 are too many
  expect(cache.get(first.id)).toBeUndefined();
  expect(create(7)).toBeDefined();
});

test("a session that ends gives its place back", () => {
  const { cache, create } = cacheOf({ sessionsMax: 1, partitionsMax: 5 });
  const first = create(5)!;
  cache.delete(first.id);
  cache.delete(first.id);
  cache.used(first, 5); // gone meanwhile
  expect(cache.size).toBe(0);
  expect(create(5)).toBeDefined();
});

test("without slots there are no sessions", () => {
  const { create } = cacheOf({ sessionsMax: 0 });
  expect(create()).toBeUndefined();
});
