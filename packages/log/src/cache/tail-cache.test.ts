import { PoisonedPool } from "@millrace/runtime/testing";
import { describe, expect, test } from "vitest";
import { makeBatch } from "../../test-support/log-harness.ts";
import { PartitionTail, type TailRead } from "./partition-tail.ts";
import { TailCache } from "./tail-cache.ts";

const whole = { limitOffset: 1_000, maxBytes: 10_000_000, atLeastOneBatch: true };

class CacheHarness {
  readonly pool = new PoisonedPool({ freeBytesMax: 10_000_000 });
  readonly cache: TailCache;

  constructor(bytesMax: number) {
    this.cache = new TailCache(this.pool, bytesMax);
  }

  tail(): PartitionTail {
    return new PartitionTail(this.cache);
  }

  add(tail: PartitionTail, baseOffset: number, valueBytes = 10): Buffer {
    const batch = makeBatch({ baseOffset, valueBytes });
    tail.add(this.cache.store(batch), baseOffset, baseOffset + 1);
    return batch;
  }
}

const readFrom = (tail: PartitionTail, fromOffset: number, options: Partial<TailRead> = {}) =>
  tail.read({ ...whole, ...options, fromOffset });

describe("TailCache", () => {
  test("keeps a copy, so that whoever appended may use the memory again", () => {
    const harness = new CacheHarness(10_000_000);
    const tail = harness.tail();
    const appended = makeBatch({ baseOffset: 0, valueBytes: 500_000 });
    const expected = Buffer.from(appended);
    tail.add(harness.cache.store(appended), 0, 1);
    appended.fill(0);
    expect(readFrom(tail, 0)?.pieces.buffers()[0]?.equals(expected)).toBe(true);
  });

  test("answers neighbours as one buffer, however many they are", () => {
    const harness = new CacheHarness(10_000_000);
    const tail = harness.tail();
    const batches = Array.from({ length: 400 }, (_, offset) => harness.add(tail, offset, 100));
    const cut = readFrom(tail, 3, { limitOffset: 398 })!;
    expect(cut.pieces.buffers().length).toBe(1);
    expect(cut.pieces.buffers()[0]!.equals(Buffer.concat(batches.slice(3, 398)))).toBe(true);
    expect(cut.endOffset).toBe(398);
  });

  test("evicts the oldest of all partitions, and nothing else", () => {
    const harness = new CacheHarness(140_000); // eight of them
    const tails = [harness.tail(), harness.tail()];
    for (let offset = 0; offset < 6; offset++) {
      for (const tail of tails) harness.add(tail, offset, 16_000);
    }
    for (const tail of tails) {
      expect(readFrom(tail, 0)).toBeUndefined();
      const oldest = [1, 2, 3, 4, 5].find((offset) => readFrom(tail, offset) !== undefined)!;
      expect(oldest).toBeGreaterThan(1);
      expect(readFrom(tail, oldest)?.endOffset).toBe(6);
    }
    expect(harness.cache.usedBytes).toBeLessThanOrEqual(140_000);
    harness.cache.setBytesMax(0);
    expect(harness.cache.usedBytes).toBe(0);
    expect(readFrom(tails[1]!, 5)).toBeUndefined();
  });

  test("a slab that a reader holds keeps its bytes; its memory is used again afterwards", () => {
    const harness = new CacheHarness(8_000_000);
    const tail = harness.tail();
    const first = harness.add(tail, 0, 200_000);
    const { pieces } = readFrom(tail, 0, { limitOffset: 1 })!;
    const [held] = pieces.buffers();
    for (let offset = 1; offset < 200; offset++) harness.add(tail, offset, 200_000);
    expect(readFrom(tail, 0)).toBeUndefined();
    expect(held!.equals(first)).toBe(true);
    const { freeBytes } = harness.pool;
    pieces.release();
    expect(harness.pool.freeBytes).toBe(freeBytes + held!.buffer.byteLength);
    expect(held![0]).toBe(0xdd);
  });

  test("in a steady state nothing is allocated", () => {
    const harness = new CacheHarness(8_000_000);
    const tail = harness.tail();
    const memory = new Set<ArrayBufferLike>();
    for (let offset = 0; offset < 500; offset++) {
      const batch = makeBatch({ baseOffset: offset, valueBytes: 100_000 });
      const stored = harness.cache.store(batch);
      memory.add(stored.slab.memory.bytes.buffer);
      tail.add(stored, offset, offset + 1);
    }
    expect(memory.size).toBeLessThanOrEqual(16);
  });

  test("forgets a partition that is truncated, and goes on with it", () => {
    const harness = new CacheHarness(1_000_000);
    const tail = harness.tail();
    harness.add(tail, 0, 1_000);
    harness.add(tail, 1, 1_000);
    tail.clear();
    expect(readFrom(tail, 1)).toBeUndefined();
    const again = harness.add(tail, 1, 2_000);
    expect(readFrom(tail, 0)).toBeUndefined();
    expect(readFrom(tail, 1)?.pieces.buffers()[0]?.equals(again)).toBe(true);
    harness.cache.setBytesMax(0); // what was forgotten is still in its slab
    expect(harness.cache.usedBytes).toBe(0);
  });
});
