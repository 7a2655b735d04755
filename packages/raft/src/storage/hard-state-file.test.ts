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

test("refuses a file that is cut or longer, whichever record is the newer", async () => {
  for (const writes of [1, 2, 3]) {
    const disk = new MemoryDisk();
    const file = await HardStateFile.open(disk, "vote");
    for (let term = 1; term <= writes; term++) await file.write({ term, votedFor: term });
    const whole = (await disk.readFile("vote"))!;
    for (const bytes of [
      whole.subarray(0, -1),
      whole.subarray(0, 512),
      Buffer.alloc(0),
      Buffer.concat([whole, whole]),
    ]) {
      await disk.replaceFile("vote", bytes);
      await expect(HardStateFile.open(disk, "vote")).rejects.toMatchObject({ code: "CORRUPT", file: "vote" });
    }
  }
});
