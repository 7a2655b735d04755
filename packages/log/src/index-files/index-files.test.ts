import { MemoryDisk } from "@millrace/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OffsetIndex } from "./offset-index.ts";
import { saveIndex } from "./save-index.ts";
import { TimeIndex } from "./time-index.ts";
import { TransactionIndex } from "./transaction-index.ts";

const ascending = (max: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max }), { maxLength: 200 })
    .map((values) => values.toSorted((a, b) => a - b));

describe("OffsetIndex", () => {
  test("finds the last row at or below an offset, as a search from the front does", () => {
    fc.assert(
      fc.property(ascending(1_000), fc.nat(1_100), fc.nat(1_100), (offsets, at, cutAt) => {
        const index = OffsetIndex.empty(5_000);
        for (const [row, relative] of offsets.entries()) index.append(5_000 + relative, row * 100);
        const below = offsets.filter((relative) => relative <= at).length;
        expect(index.positionBefore(5_000 + at)).toBe(Math.max(0, below - 1) * 100);
        index.truncateTo(5_000 + cutAt);
        expect(index.table.rows).toBe(offsets.filter((relative) => relative < cutAt).length);
      }),
    );
  });

  test("is not taken for one when rows do not ascend, are cut, or lie beyond the log", () => {
    const rows = (...values: number[]): Buffer => {
      const content = Buffer.alloc(values.length * 4);
      for (const [index, value] of values.entries()) content.writeInt32BE(value, index * 4);
      return content;
    };
    expect(OffsetIndex.parse(0, rows(1, 0, 5, 100), 101)?.lastPosition).toBe(100);
    expect(OffsetIndex.parse(0, rows(1, 0, 5, 100), 100)).toBeUndefined();
    expect(OffsetIndex.parse(0, rows(5, 0, 5, 100), 500)).toBeUndefined();
    expect(OffsetIndex.parse(0, rows(1, 100, 5, 100), 500)).toBeUndefined();
    expect(OffsetIndex.parse(0, rows(1, 0, 5), 500)).toBeUndefined();
    expect(OffsetIndex.parse(0, rows(1, 0, 0, 0), 500)).toBeUndefined(); // a preallocated tail
  });
});

describe("TimeIndex", () => {
  test("has rows only for larger timestamps, and answers where a search may begin", () => {
    const index = TimeIndex.empty(100);
    index.append(1_000, 110);
    index.append(900, 120);
    index.append(1_000, 130);
    index.append(2 ** 41, 140);
    expect(index.table.rows).toBe(2);
    expect([index.lastTimestampMs, index.lastOffset]).toEqual([2 ** 41, 140]);
    expect([999, 1_000, 1_001, 2 ** 42].map((timestamp) => index.offsetBefore(timestamp))).toEqual([
      100, 100, 110, 140,
    ]);
    const content = Buffer.from(index.table.buffer.subarray(0, 24));
    expect(TimeIndex.parse(100, content)?.lastTimestampMs).toBe(2 ** 41);
    content.writeInt32BE(0x7fffffff, 0);
    expect(TimeIndex.parse(100, content)).toBeUndefined();
    index.truncateTo(140);
    expect(index.lastOffset).toBe(110);
  });
});

describe("TransactionIndex", () => {
  test("collects what touches a range, and stops where nothing later can", () => {
    const index = TransactionIndex.empty();
    index.append({ producerId: 1, firstOffset: 0, lastOffset: 9, lastStableOffset: 5 });
    index.append({ producerId: 2, firstOffset: 5, lastOffset: 19, lastStableOffset: 20 });
    index.append({ producerId: 3, firstOffset: 25, lastOffset: 29, lastStableOffset: 30 });
    const collect = (from: number, end: number) => {
      const found: { producerId: number }[] = [];
      const complete = index.collect(from, end, found as never[]);
      return [found.map(({ producerId }) => producerId), complete];
    };
    expect(collect(0, 5)).toEqual([[1], true]);
    expect(collect(8, 15)).toEqual([[1, 2], true]);
    expect(collect(21, 40)).toEqual([[3], false]);
  });
});

test("an index file has what was saved, after any additions and cuts", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), rows: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ kind: fc.constant("cut" as const), rows: fc.nat(150) }),
    fc.record({ kind: fc.constant("save" as const), rows: fc.constant(0) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const disk = new MemoryDisk();
      const index = OffsetIndex.empty(0);
      for (const { kind, rows } of steps) {
        const { table } = index;
        if (kind === "add") for (let n = 0; n < rows; n++) index.append(table.rows + 1, table.rows * 10);
        else if (kind === "cut") table.truncate(rows);
        else await saveIndex(disk, "i", table);
      }
      await saveIndex(disk, "i", index.table);
      const content = (await disk.readFile("i")) ?? Buffer.alloc(0);
      expect(content.equals(index.table.buffer.subarray(0, index.table.rows * 8))).toBe(true);
    }),
    { numRuns: 50 },
  );
});
