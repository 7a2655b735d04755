import { describe, expect, test } from "vitest";
import { makeBatch } from "../../test-support/log-harness.ts";
import { PartitionTail } from "./partition-tail.ts";
import { TailCache } from "./tail-cache.ts";

const whole = { limitOffset: 1_000, maxBytes: 1_000_000, atLeastOneBatch: true };

function batchAt(baseOffset: number, valueBytes = 10): Buffer {
  const batch = makeBatch({ baseOffset, valueBytes });
  const exact = Buffer.allocUnsafeSlow(batch.length); // its own backing memory, as large frames have
  batch.copy(exact);
  return exact;
}

describe("TailCache", () => {
  test("counts what is kept alive: a shared frame once, and copies what is small in its frame", () => {
    const cache = new TailCache(10_000_000);
    const tail = new PartitionTail(cache);
    const large = batchAt(0, 500_000);
    tail.add(large, 0, 1);
    expect(cache.usedBytes).toBeGreaterThanOrEqual(large.length);
    expect(cache.usedBytes).toBeLessThan(large.length + 1_000);
    expect(tail.read({ fromOffset: 0, ...whole })?.buffers[0]).toBe(large); // no copy

    const frame = Buffer.allocUnsafeSlow(5_000_000);
    const batch = makeBatch({ baseOffset: 1 });
    batch.copy(frame, 100);
    tail.add(frame.subarray(100, 100 + batch.length), 1, 2);
    expect(cache.usedBytes).toBeLessThan(1_000_000); // the frame is not pinned
    frame.fill(0);
    expect(tail.read({ fromOffset: 1, ...whole })?.buffers[0]?.equals(batch)).toBe(true);
  });

  test("puts small neighbours together, so that they are read as one", () => {
    const tail = new PartitionTail(new TailCache(1_000_000));
    for (let offset = 0; offset < 10; offset++)
      tail.add(makeBatch({ baseOffset: offset }), offset, offset + 1);
    const cut = tail.read({ fromOffset: 3, ...whole, limitOffset: 8 });
    expect(cut?.buffers.length).toBe(1);
    expect([cut?.sizeInBytes, cut?.endOffset]).toEqual([5 * makeBatch().length, 8]);
  });

  test("evicts the oldest of all partitions, and nothing else", () => {
    const size = batchAt(0, 10_000).length;
    const cache = new TailCache(4 * (size + 128));
    const tails = [new PartitionTail(cache), new PartitionTail(cache)];
    for (let offset = 0; offset < 3; offset++) {
      for (const tail of tails) tail.add(batchAt(offset, 10_000), offset, offset + 1);
    }
    for (const tail of tails) {
      expect(tail.read({ fromOffset: 0, ...whole })).toBeUndefined();
      expect(tail.read({ fromOffset: 1, ...whole })?.buffers.length).toBe(2);
    }
    cache.setBytesMax(0);
    expect(cache.usedBytes).toBe(0);
    expect(tails[1]!.read({ fromOffset: 2, ...whole })).toBeUndefined();
  });

  test("forgets a partition that is truncated, and goes on with it", () => {
    const cache = new TailCache(1_000_000);
    const tail = new PartitionTail(cache);
    tail.add(batchAt(0, 1_000), 0, 1);
    tail.add(batchAt(1, 1_000), 1, 2);
    tail.clear();
    expect(cache.usedBytes).toBe(0);
    tail.add(batchAt(1, 2_000), 1, 2);
    expect(tail.read({ fromOffset: 0, ...whole })).toBeUndefined();
    expect(tail.read({ fromOffset: 1, ...whole })?.buffers.length).toBe(1);
    cache.setBytesMax(0); // places of what was forgotten are still in its queue
    expect(cache.usedBytes).toBe(0);
  });
});
