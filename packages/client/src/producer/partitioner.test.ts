import { describe, expect, test } from "vitest";
import { murmur2, partitionForKey } from "./partitioner.ts";

describe("murmur2", () => {
  // Values of org.apache.kafka.common.utils.Utils.murmur2, from Kafka's own tests.
  test.each([
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ])("hashes %s as Kafka's Java client does", (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  test("takes keys of every length modulo four", () => {
    const hashes = ["", "a", "ab", "abc", "abcd"].map((key) => murmur2(Buffer.from(key)));
    expect(new Set(hashes).size).toBe(5);
  });
});

test("a key's partition is its positive hash modulo the partitions", () => {
  expect(partitionForKey(Buffer.from("21"), 1_000)).toBe((-973932308 & 0x7fffffff) % 1_000);
  expect(partitionForKey(Buffer.from("foobar"), 1)).toBe(0);
});
