import { MemoryDisk } from "@millrace/runtime";
import { expect, test } from "vitest";
import { HardStateFile, readHardState } from "./hard-state-file.ts";

/** As version 1 wrote it. */
const version1 = Buffer.from("4d5248530001000100000000000000070000000000000003a9af5b1c", "hex");

test("keeps the last of many writes, over restarts", async () => {
  const disk = new MemoryDisk();
  expect((await HardStateFile.open(disk, "vote")).initial).toBeUndefined();
  expect(await readHardState(disk, "vote")).toBeUndefined();
  for (let term = 1; term <= 5; term++) {
    const file = await HardStateFile.open(disk, "vote");
    for (const votedFor of [undefined, 0, 10 * term]) {
      await file.write({ term, votedFor });
      expect(await readHardState(disk, "vote")).toEqual({ term, votedFor });
    }
    await file.close();
    expect((await HardStateFile.open(disk, "vote")).initial).toEqual({ term, votedFor: 10 * term });
  }
});

test("takes over what version 1 wrote", async () => {
  const disk = new MemoryDisk();
  await disk.replaceFile("vote", version1);
  const file = await HardStateFile.open(disk, "vote");
  expect(file.initial).toEqual({ term: 7, votedFor: 3 });
  await file.write({ term: 8, votedFor: undefined });
  expect((await HardStateFile.open(disk, "vote")).initial).toEqual({ term: 8, votedFor: undefined });
});

test("is read from either copy, whichever is damaged or older, and refused without one", async () => {
  const disk = new MemoryDisk();
  const file = await HardStateFile.open(disk, "vote");
  await file.write({ term: 1, votedFor: 1 });
  const older = (await disk.readFile("vote"))!;
  await file.write({ term: 2, votedFor: 2 });
  const newer = (await disk.readFile("vote"))!;
  const [first, second] = [newer.subarray(0, 4_096), newer.subarray(4_096)];
  const read = async (...parts: Uint8Array[]) => {
    await disk.replaceFile("vote", Buffer.concat(parts));
    return readHardState(disk, "vote");
  };
  expect(await read(older.subarray(0, 4_096), second)).toEqual({ term: 2, votedFor: 2 });
  expect(await read(first, older.subarray(4_096))).toEqual({ term: 2, votedFor: 2 });
  /** What is read when a bit of either copy or both is wrong, and the first bit for which it is. */
  const outcomes = new Map<string, number>();
  for (let bit = 0; bit < 512 * 8; bit++) {
    const flip = (bytes: Buffer): Buffer => {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      return flipped;
    };
    const outcome = [
      await read(flip(first), second),
      await read(first, flip(second)),
      await read(flip(first), flip(second)).catch(({ code, file }) => ({ code, file })),
    ];
    const text = JSON.stringify(outcome);
    if (!outcomes.has(text)) outcomes.set(text, bit);
  }
  const last = { term: 2, votedFor: 2 };
  expect([...outcomes]).toEqual([[JSON.stringify([last, last, { code: "CORRUPT", file: "vote" }]), 0]]);
});

test("refuses a file that is cut or longer", async () => {
  const disk = new MemoryDisk();
  await (await HardStateFile.open(disk, "vote")).write({ term: 1, votedFor: 1 });
  const whole = (await disk.readFile("vote"))!;
  const others = [
    whole.subarray(0, -1),
    whole.subarray(0, 512),
    Buffer.alloc(0),
    Buffer.concat([whole, whole]),
  ];
  for (const bytes of others) {
    await disk.replaceFile("vote", bytes);
    await expect(HardStateFile.open(disk, "vote")).rejects.toMatchObject({ code: "CORRUPT", file: "vote" });
  }
});
