import { type Disk, MemoryDisk } from "@millrace/runtime";
import { expect, test } from "vitest";
import type { SnapshotId } from "../entry.ts";
import { readRaftDirectory } from "./read-raft-directory.ts";
import { SegmentedRaftStorage } from "./segmented-raft-storage.ts";
import { chunks, range } from "./storage-test-data.ts";

const open = (disk: Disk) => SegmentedRaftStorage.open(disk, "raft", { segmentBytes: 300 });
const id: SnapshotId = { index: 6, term: 1, voters: undefined };

/** What the directory holds, in short. */
async function contents(disk: Disk) {
  const found = { hardState: undefined as unknown, snapshot: "", entries: [] as number[] };
  for await (const item of readRaftDirectory(disk, "raft")) {
    if (item.type === "hardState") found.hardState = item.hardState;
    else if (item.type === "entry") found.entries.push(item.entry.index);
    else for await (const chunk of item.chunks) found.snapshot += Buffer.from(chunk).toString();
  }
  return found;
}

/** Every file as it is. */
async function filesOf(disk: Disk) {
  const files: Record<string, Buffer | undefined> = {};
  for (const { name } of await disk.list("raft")) files[name] = await disk.readFile(`raft/${name}`);
  return files;
}

const indexes = (from: number, through: number) => range(from, through, 1, "").map((entry) => entry.index);

async function written(): Promise<{ disk: MemoryDisk; storage: SegmentedRaftStorage }> {
  const disk = new MemoryDisk();
  const storage = await open(disk);
  await storage.persist({ hardState: { term: 3, votedFor: 2 }, entries: [] });
  for (let index = 1; index <= 20; index++)
    await storage.persist({ entries: range(index, index, 1, "x".repeat(30)) });
  return { disk, storage };
}

test("reads what a running node has written, and changes nothing", async () => {
  const { disk, storage } = await written();
  await disk.replaceFile("raft/x.snapshot.tmp", Buffer.from("being written"));
  const before = await filesOf(disk);
  const hardState = { term: 3, votedFor: 2 };
  expect(await contents(disk)).toEqual({ hardState, snapshot: "", entries: indexes(1, 20) });
  expect(await filesOf(disk)).toEqual(before);
  await storage.saveSnapshot(id, chunks("the ", "state"));
  expect(await contents(disk)).toEqual({ hardState, snapshot: "the state", entries: indexes(1, 20) });
  await storage.truncatePrefix(6);
  const { entries } = await contents(disk);
  expect(entries[0]).toBeGreaterThan(1);
  expect(entries).toEqual(indexes(entries[0]!, 20));
});

test("leaves out a group that is half written, at any byte", async () => {
  const { disk } = await written();
  const newest = (await disk.list("raft"))
    .map((e) => e.name)
    .filter((n) => n.endsWith(".raftlog"))
    .at(-1)!;
  const whole = (await disk.readFile(`raft/${newest}`))!;
  for (let length = 0; length < whole.length; length++) {
    await disk.replaceFile(`raft/${newest}`, whole.subarray(0, length));
    const { entries } = await contents(disk);
    expect(entries.length).toBeLessThan(20);
    expect(entries).toEqual(indexes(1, entries.length));
  }
});

test("goes on when the log is compacted under its hands", async () => {
  const { disk, storage } = await written();
  const reading = readRaftDirectory(disk, "raft");
  expect((await reading.next()).value).toMatchObject({ type: "hardState" });
  expect((await reading.next()).value).toMatchObject({ type: "entry", entry: { index: 1 } });
  await storage.saveSnapshot(id, chunks("state"));
  await storage.truncatePrefix(6);
  const rest: unknown[] = [];
  for await (const item of reading) rest.push(item);
  expect(rest).toMatchObject(indexes(2, 20).map((index) => ({ type: "entry", entry: { index } })));
});

test("looks anew when a file went between the listing and its opening", async () => {
  const { disk, storage } = await written();
  let raced = false;
  const racing: Disk = new Proxy(disk, {
    get(target, property) {
      if (property !== "open") return Reflect.get(target, property).bind(target);
      return async (...args: Parameters<Disk["open"]>) => {
        if (!raced) {
          raced = true;
          await storage.saveSnapshot(id, chunks("state"));
          await storage.truncatePrefix(6);
        }
        return target.open(...args);
      };
    },
  });
  const found = await contents(racing);
  expect(found.snapshot).toBe("state");
  expect(found.entries.at(-1)).toBe(20);
});

test("refuses damage and gaps with file and position", async () => {
  const { disk } = await written();
  const files = await filesOf(disk);
  const [first, second] = Object.keys(files).filter((name) => name.endsWith(".raftlog"));
  const damaged = Buffer.from(files[first!]!);
  damaged[60]! ^= 1;
  await disk.replaceFile(`raft/${first}`, damaged);
  await expect(contents(disk)).rejects.toMatchObject({
    code: "CORRUPT",
    file: `raft/${first}`,
    position: 20,
  });
  await disk.replaceFile(`raft/${first}`, files[first!]!);
  await disk.remove(`raft/${second}`);
  await expect(contents(disk)).rejects.toMatchObject({ code: "MISSING" });
  await disk.remove(`raft/${first}`);
  await expect(contents(disk)).rejects.toMatchObject({ code: "MISSING" });
});

test("ends where the log disagrees with a snapshot that came while it was dropped", async () => {
  const { disk, storage } = await written();
  await storage.saveSnapshot({ ...id, index: 15, term: 2 }, chunks("state"));
  expect((await contents(disk)).entries).toEqual(indexes(1, 14));
});

test("finds nothing in an empty directory", async () => {
  expect(await contents(new MemoryDisk())).toEqual({ hardState: undefined, snapshot: "", entries: [] });
});
