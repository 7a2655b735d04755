import { type DiskFile, MemoryDisk } from "@millrace/runtime";
import { expect, test } from "vitest";
import { SequentialReader } from "./sequential-reader.ts";
import { SequentialWriter, unsyncedBytesMax } from "./sequential-writer.ts";

const mebibyte = 1024 * 1024;
// Around the sizes of the blocks of both.
const sizes = [
  0,
  1,
  7,
  4_096,
  mebibyte / 4 - 1,
  mebibyte / 4,
  mebibyte / 4 + 1,
  mebibyte - 1,
  mebibyte,
  2 * mebibyte + 3,
];
const pieces = [...sizes, ...sizes.toReversed()].map((size, i) => Buffer.alloc(size, i + 1));

async function openFile(): Promise<DiskFile> {
  return new MemoryDisk().open("file", { mode: "write", diskClass: "bulk" });
}

test("pieces of any size come back as they were written", async () => {
  const file = await openFile();
  const writer = new SequentialWriter(file);
  for (const piece of pieces) {
    const lent = Buffer.from(piece);
    await writer.write(lent);
    lent.fill(0);
  }
  await writer.finish();
  const reader = await SequentialReader.open(file);
  expect(reader.size).toBe(pieces.reduce((sum, piece) => sum + piece.length, 0));
  const read: Buffer[] = [];
  let position = 0;
  for (const piece of pieces) {
    expect(reader.position).toBe(position);
    read.push(await reader.read(piece.length));
    position += piece.length;
  }
  // What was handed out earlier is not touched by later reads.
  expect(read.every((bytes, i) => bytes.equals(pieces[i]!))).toBe(true);
  expect(await reader.read(10)).toHaveLength(0);
});

test("at the end of the file there are fewer bytes than asked for, whatever was asked for", async () => {
  const file = await openFile();
  await file.write([Buffer.alloc(100, 1)], 0);
  const reader = await SequentialReader.open(file);
  expect(await reader.read(60)).toHaveLength(60);
  expect(await reader.read(2 ** 32)).toHaveLength(40);
});

test("what is written is synced on the way, and at the end", async () => {
  const file = await openFile();
  const synced: number[] = [];
  const counting: DiskFile = Object.create(file, {
    sync: { value: async () => void synced.push(await file.size()) },
    write: { value: file.write.bind(file) },
  });
  const writer = new SequentialWriter(counting);
  const piece = Buffer.alloc(mebibyte);
  for (let i = 0; i < 40; i++) await writer.write(piece);
  await writer.write(Buffer.alloc(5));
  expect(synced).toEqual([unsyncedBytesMax, 2 * unsyncedBytesMax]);
  await writer.finish();
  expect(synced.at(-1)).toBe(40 * mebibyte + 5);
});
