import { expect, test } from "vitest";
import { goldenBatches } from "../../test-support/golden-batches.ts";
import { BatchCursor } from "./batch-cursor.ts";
import { BatchField } from "./batch-header.ts";

// All formats in a row, as no log has them but as a cursor must take them.
const all = Buffer.concat(goldenBatches.map(({ bytes }) => bytes));
const batchCount = goldenBatches.reduce((count, { batches }) => count + batches.length, 0);

function walk(cursor: BatchCursor): number[] {
  const sizes: number[] = [];
  while (cursor.next()) sizes.push(cursor.size);
  return sizes;
}

test("walks over batches of all formats to the end", () => {
  const cursor = new BatchCursor(all);
  const sizes = walk(cursor);
  expect(sizes).toHaveLength(batchCount);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(all.length);
  expect(cursor).toMatchObject({ at: all.length, size: 0, end: "complete" });
});

test("stops before a batch that is cut short, and stays there", () => {
  const { bytes } = goldenBatches[0]!;
  const twice = Buffer.concat([bytes, bytes]);
  for (let limit = bytes.length + 1; limit < twice.length; limit++) {
    const cursor = new BatchCursor(twice, 0, limit);
    expect(walk(cursor)).toEqual([bytes.length]);
    expect(cursor).toMatchObject({ at: bytes.length, end: "truncated" });
    expect(cursor.next()).toBe(false);
    expect(cursor.at).toBe(bytes.length);
  }
});

test("starts where it is told", () => {
  const { bytes } = goldenBatches[0]!;
  const cursor = new BatchCursor(Buffer.concat([Buffer.from("..."), bytes]), 3);
  expect(walk(cursor)).toEqual([bytes.length]);
});

test("nothing at all is complete", () => {
  const cursor = new BatchCursor(Buffer.alloc(0));
  expect(walk(cursor)).toEqual([]);
  expect(cursor.end).toBe("complete");
});

test.each([
  ["a length that no header fits", (batch: Buffer) => batch.writeInt32BE(48, BatchField.batchLength)],
  ["a negative length", (batch: Buffer) => batch.writeInt32BE(-1, BatchField.batchLength)],
  ["an unknown format", (batch: Buffer) => batch.writeInt8(3, BatchField.magic)],
])("stops at %s", (_what, change) => {
  const { bytes } = goldenBatches[0]!;
  const bad = Buffer.from(bytes);
  change(bad);
  const cursor = new BatchCursor(Buffer.concat([bytes, bad]));
  expect(walk(cursor)).toEqual([bytes.length]);
  expect(cursor).toMatchObject({ at: bytes.length, end: "invalid" });
});
