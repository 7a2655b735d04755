import { type Disk, MemoryDisk, SeededRandom, SimulatedClock, SimulatedDisk } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import type { Entry, Term } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import { runRaftStorageSuite } from "./raft-storage-suite.ts";
import { SegmentedRaftStorage } from "./segmented-raft-storage.ts";
import { chunks, snapshotBytes } from "./storage-test-data.ts";

const disks = new WeakMap<object, Disk>();
const openOn = async (disk: Disk, segmentBytes?: number): Promise<SegmentedRaftStorage> => {
  const storage = await SegmentedRaftStorage.open(
    disk,
    "raft",
    segmentBytes === undefined ? {} : { segmentBytes },
  );
  disks.set(storage, disk);
  return storage;
};

for (const segmentBytes of [400, 4_000]) {
  runRaftStorageSuite(`segmented (${segmentBytes} bytes)`, {
    make: () => openOn(new MemoryDisk(), segmentBytes),
    reopen: async (storage) => {
      await storage.close();
      return openOn(disks.get(storage)!, segmentBytes);
    },
  });
}

const firstSegment = "raft/00000000000000000001.raftlog";
const directory = "raft";

test("a snapshot that fails leaves nothing behind: the disk may be full", async () => {
  const disk = new MemoryDisk();
  const storage = await openOn(disk);
  await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [] });
  const failing = (async function* () {
    yield Buffer.from("half");
    throw new Error("source broke");
  })();
  const saving = storage.saveSnapshot({ index: 8, term: 1, voters: undefined }, failing);
  await expect(saving).rejects.toThrow("source broke");
  expect((await disk.list(directory)).map(({ name }) => name)).toEqual(["hard-state"]);
  await storage.close();
});

/** Groups of 1, 2 and 3 entries, each synced before the next; then the process is killed. */
async function writeGroups(disk: Disk): Promise<{ endOfGroup: number[]; lastOfGroup: number[] }> {
  const storage = await openOn(disk);
  await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [] });
  const endOfGroup: number[] = [];
  const lastOfGroup: number[] = [];
  let index = 0;
  for (const size of [1, 2, 3]) {
    await storage.persist({ entries: Array.from({ length: size }, () => entryAt(++index)) });
    endOfGroup.push((await disk.readFile(firstSegment))!.length);
    lastOfGroup.push(index);
  }
  return { endOfGroup, lastOfGroup };
}

function entryAt(index: number, term: Term = 1): Entry {
  return { index, term, kind: "data", payload: Buffer.from(`entry number ${index}`) };
}

async function copyOf(disk: Disk, changed: Readonly<Record<string, Buffer | undefined>>): Promise<Disk> {
  const copy = new MemoryDisk();
  await copy.makeDirectory(directory);
  for (const { name } of await disk.list(directory)) {
    const path = `${directory}/${name}`;
    const bytes = path in changed ? changed[path] : await disk.readFile(path);
    if (bytes !== undefined) await copy.replaceFile(path, bytes);
  }
  return copy;
}

async function refusal(disk: Disk): Promise<RaftStorageError> {
  const error = await SegmentedRaftStorage.open(disk, directory).then(
    (storage) => storage.initial,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(RaftStorageError);
  return error as RaftStorageError;
}

describe("a segment after a crash", () => {
  test("cut at any byte, opens with all groups that were synced by then, and takes more", async () => {
    const disk = new MemoryDisk();
    const { endOfGroup, lastOfGroup } = await writeGroups(disk);
    const whole = (await disk.readFile(firstSegment))!;
    for (let length = 0; length <= whole.length; length++) {
      const crashed = await copyOf(disk, { [firstSegment]: whole.subarray(0, length) });
      const storage = await openOn(crashed);
      const { lastIndex } = storage.initial;
      const synced = lastOfGroup[endOfGroup.findLastIndex((end) => end <= length)] ?? 0;
      expect(lastIndex).toBeGreaterThanOrEqual(synced);
      expect(lastIndex).toBeLessThanOrEqual(lastOfGroup.at(-1)!);
      await storage.persist({ entries: [entryAt(lastIndex + 1, 2)] });
      await storage.close();
      const again = await openOn(crashed);
      expect(again.initial.lastIndex).toBe(lastIndex + 1);
      for (let index = 1; index <= lastIndex + 1; index++) {
        expect((await again.read(index, index, 1)).map((e) => Buffer.from(e.payload).toString())).toEqual([
          `entry number ${index}`,
        ]);
      }
    }
  });

  test("whose last group was written in part, out of order, keeps the groups before it", async () => {
    const disk = new MemoryDisk();
    const { endOfGroup } = await writeGroups(disk);
    const whole = (await disk.readFile(firstSegment))!;
    for (let hole = endOfGroup[1]!; hole < whole.length; hole++) {
      const torn = Buffer.from(whole);
      torn.fill(0, hole, Math.min(hole + 20, whole.length));
      const { initial } = await openOn(await copyOf(disk, { [firstSegment]: torn }));
      expect(initial.lastIndex).toBeGreaterThanOrEqual(3);
      expect(initial.lastIndex).toBeLessThan(6);
    }
  });

  test("that was just created and has no whole header is made anew", async () => {
    const disk = new MemoryDisk();
    await writeGroups(disk);
    const next = `${directory}/00000000000000000007.raftlog`;
    for (const header of [Buffer.alloc(0), Buffer.alloc(7, 1), Buffer.alloc(20)]) {
      const crashed = await copyOf(disk, {});
      await crashed.replaceFile(next, header);
      const storage = await openOn(crashed);
      expect(storage.initial.lastIndex).toBe(6);
      await storage.persist({ entries: [entryAt(7)] });
    }
  });
});

describe("damage to what was synced", () => {
  test("any flipped bit before the last group is refused, with file and position", async () => {
    const disk = new MemoryDisk();
    const { endOfGroup } = await writeGroups(disk);
    const whole = (await disk.readFile(firstSegment))!;
    for (let bit = 0; bit < endOfGroup[1]! * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const error = await refusal(await copyOf(disk, { [firstSegment]: flipped }));
      expect(error.code).toBe("CORRUPT");
      expect(error.file).toBe(firstSegment);
      expect(error.position).toBeLessThanOrEqual(bit >> 3);
    }
  });

  test("after a clean shutdown any flipped bit and any cut is refused, in the last group too", async () => {
    const disk = new MemoryDisk();
    await writeGroups(disk);
    await (await openOn(disk)).close();
    const whole = (await disk.readFile(firstSegment))!;
    expect((await openOn(await copyOf(disk, {}))).initial.lastIndex).toBe(6);
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 4;
      expect((await refusal(await copyOf(disk, { [firstSegment]: flipped }))).code).toBe("CORRUPT");
      await refusal(await copyOf(disk, { [firstSegment]: whole.subarray(0, at) }));
    }
    expect((await refusal(await copyOf(disk, { [firstSegment]: undefined }))).code).toBe("MISSING");
  });

  test("closing twice, or on a full disk, does no harm", async () => {
    const disk = new SimulatedDisk({ random: new SeededRandom(1) });
    const storage = await openOn(disk);
    await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [entryAt(1)] });
    await storage.close();
    await storage.close();
    const again = await openOn(disk);
    expect(again.initial.lastIndex).toBe(1);
    disk.faults.fail = () => "FULL";
    await again.close();
    disk.faults.fail = undefined;
    expect((await openOn(disk)).initial.lastIndex).toBe(1);
  });

  test("a clean shutdown is believed once", async () => {
    const disk = new MemoryDisk();
    await writeGroups(disk);
    await (await openOn(disk)).close();
    const storage = await openOn(disk);
    await storage.persist({ entries: [entryAt(7), entryAt(8)] });
    const grown = (await disk.readFile(firstSegment))!;
    const { initial } = await openOn(await copyOf(disk, { [firstSegment]: grown.subarray(0, -1) }));
    expect(initial.lastIndex).toBe(7);
  });

  test("a storage whose write failed is not closed as clean", async () => {
    const disk = new SimulatedDisk({ random: new SeededRandom(1) });
    const storage = await openOn(disk);
    await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [entryAt(1)] });
    disk.faults.fail = (operation) => (operation === "sync" ? "IO" : undefined);
    await expect(storage.persist({ entries: [entryAt(2)] })).rejects.toMatchObject({ code: "IO" });
    disk.faults.fail = undefined;
    await storage.close();
    expect((await disk.list(directory)).map((e) => e.name)).not.toContain("clean-shutdown");
    expect((await openOn(disk.crash())).initial.lastIndex).toBeGreaterThanOrEqual(1);
  });

  test("a sealed segment is refused when it is damaged or cut anywhere", async () => {
    const disk = new MemoryDisk();
    const storage = await openOn(disk, 100);
    await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [] });
    for (let index = 1; index <= 6; index++) await storage.persist({ entries: [entryAt(index)] });
    await storage.close();
    const sealed = (await disk.readFile(firstSegment))!;
    for (let length = 0; length < sealed.length; length++) {
      const cut = await refusal(await copyOf(disk, { [firstSegment]: sealed.subarray(0, length) }));
      expect(["CORRUPT", "MISSING"]).toContain(cut.code);
      const flipped = Buffer.from(sealed);
      flipped[length]! ^= 0x10;
      expect((await refusal(await copyOf(disk, { [firstSegment]: flipped }))).file).toBe(firstSegment);
    }
  });

  test("a missing segment, in front or between, is refused", async () => {
    const disk = new MemoryDisk();
    const storage = await openOn(disk, 100);
    await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [] });
    for (let index = 1; index <= 6; index++) await storage.persist({ entries: [entryAt(index)] });
    await storage.close();
    const segments = (await disk.list(directory)).filter((e) => e.name.endsWith(".raftlog"));
    expect(segments.length).toBeGreaterThan(2);
    for (const { name } of segments.slice(0, -1)) {
      const error = await refusal(await copyOf(disk, { [`${directory}/${name}`]: undefined }));
      expect(error.code).toBe("MISSING");
    }
  });

  test("a log without its term and vote is refused, and so is a damaged or newer one", async () => {
    const disk = new MemoryDisk();
    await writeGroups(disk);
    const path = `${directory}/hard-state`;
    const whole = (await disk.readFile(path))!;
    expect((await refusal(await copyOf(disk, { [path]: undefined }))).code).toBe("MISSING");
    const secondCopyAt = 4_096;
    for (let at = 0; at < whole.length - secondCopyAt; at++) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1;
      const { hardState } = (await openOn(await copyOf(disk, { [path]: flipped }))).initial;
      expect(hardState).toEqual({ term: 1, votedFor: 1 });
      flipped[secondCopyAt + at]! ^= 1;
      expect(await refusal(await copyOf(disk, { [path]: flipped }))).toMatchObject({
        code: "CORRUPT",
        file: path,
      });
    }
  });

  test("damage that comes after the log was opened is found when it is read", async () => {
    const disk = new MemoryDisk();
    await writeGroups(disk);
    const storage = await openOn(disk);
    const file = await disk.open(firstSegment, { mode: "write", diskClass: "raft" });
    await file.write([Buffer.from("!")], 60);
    await expect(storage.read(1, 1, 1)).rejects.toMatchObject({ code: "CORRUPT", file: firstSegment });
  });

  test("a snapshot that is damaged or cut anywhere never loads", async () => {
    const disk = new MemoryDisk();
    await writeGroups(disk);
    const storage = await openOn(disk);
    const chunks = async function* () {
      yield Buffer.from("first");
      yield Buffer.from("second");
    };
    await storage.saveSnapshot({ index: 6, term: 1, voters: undefined }, chunks());
    await storage.close();
    const name = (await disk.list(directory)).find((e) => e.name.endsWith(".snapshot"))!.name;
    const path = `${directory}/${name}`;
    const whole = (await disk.readFile(path))!;
    const load = async (bytes: Buffer): Promise<void> => {
      const damaged = await SegmentedRaftStorage.open(await copyOf(disk, { [path]: bytes }), directory);
      for await (const chunk of (await damaged.loadSnapshot())!.chunks)
        expect(chunk.length).toBeGreaterThan(0);
    };
    await load(whole);
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1;
      await expect(load(flipped)).rejects.toMatchObject({ code: "CORRUPT", file: path });
      await expect(load(whole.subarray(0, at))).rejects.toMatchObject({ code: "CORRUPT", file: path });
      const sent = SegmentedRaftStorage.open(await copyOf(disk, { [path]: flipped }), directory);
      const error: unknown = await sent.then((opened) => opened.openSnapshot()).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: "CORRUPT", file: path });
      expect((error as RaftStorageError).position).toBeLessThanOrEqual(at);
    }
  });
});

test("two snapshots that a crash left become the newer one, and half-written files go", async () => {
  const disk = new MemoryDisk();
  await writeGroups(disk);
  const storage = await openOn(disk);
  const chunks = async function* () {
    yield Buffer.from("state");
  };
  await storage.saveSnapshot({ index: 3, term: 1, voters: undefined }, chunks());
  const old = (await disk.list(directory)).find((e) => e.name.endsWith(".snapshot"))!.name;
  const oldBytes = (await disk.readFile(`${directory}/${old}`))!;
  await storage.saveSnapshot({ index: 5, term: 1, voters: undefined }, chunks());
  await disk.replaceFile(`${directory}/${old}`, oldBytes);
  await disk.replaceFile(`${directory}/x.snapshot.tmp`, Buffer.from("half"));
  const again = await openOn(disk);
  expect(again.initial.snapshot?.index).toBe(5);
  const names = (await disk.list(directory)).map((e) => e.name);
  expect(names.filter((n) => n.endsWith(".snapshot")).length).toBe(1);
  expect(names.filter((n) => n.endsWith(".tmp"))).toEqual([]);
});

test("a group costs one sync, and one more each for term and vote and for a tail that is dropped", async () => {
  const disk = new SimulatedDisk({ random: new SeededRandom(1) });
  const storage = await openOn(disk);
  await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [entryAt(1)] });
  let syncs = 0;
  disk.faults.fail = (operation) => {
    if (operation === "sync" || operation === "syncDirectory" || operation === "rename") syncs++;
    return undefined;
  };
  const syncsOf = async (batch: Parameters<typeof storage.persist>[0]): Promise<number> => {
    syncs = 0;
    await storage.persist(batch);
    return syncs;
  };
  expect(await syncsOf({ entries: Array.from({ length: 100 }, (_, i) => entryAt(2 + i)) })).toBe(1);
  expect(await syncsOf({ hardState: { term: 2, votedFor: undefined }, entries: [] })).toBe(1);
  expect(await syncsOf({ hardState: { term: 3, votedFor: 1 }, entries: [entryAt(102, 3)] })).toBe(2);
  expect(await syncsOf({ truncateFrom: 50, entries: [entryAt(50, 3)] })).toBe(2);
});

test("a full disk stops a transfer, which goes on when there is room", async () => {
  const leader = await openOn(new MemoryDisk());
  await leader.persist({ hardState: { term: 1, votedFor: 1 }, entries: [entryAt(1)] });
  const id = { index: 1, term: 1, voters: undefined };
  await leader.saveSnapshot(id, chunks("x".repeat(5_000), "y".repeat(5_000)));
  const bytes = await snapshotBytes(leader);
  const disk = new SimulatedDisk({ random: new SeededRandom(1), bytesMax: 15_500 });
  const storage = await openOn(disk);
  await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [] });
  await disk.replaceFile("in-the-way", Buffer.alloc(4_000));
  const receiver = await storage.receiveSnapshot(id, { id: 1, directoryId: "disk" });
  await receiver.write(0, bytes.subarray(0, 3_000));
  await expect(receiver.write(3_000, bytes.subarray(3_000))).rejects.toMatchObject({ code: "FULL" });
  expect(receiver.offset).toBe(3_000);
  await disk.remove("in-the-way");
  await receiver.write(3_000, bytes.subarray(3_000));
  expect(await receiver.finish()).toEqual({ id, keptLog: false });
});

test("a read that is under way while what is behind it is cut off answers all the same", async () => {
  const clock = new SimulatedClock();
  const disk = new SimulatedDisk({ random: new SeededRandom(1), clock });
  const storage = await openOn(disk);
  const entries = Array.from({ length: 9 }, (_, i) => entryAt(i + 1));
  await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries });
  disk.faults.delayMs = (operation) => (operation === "read" ? 10 : 0);
  const kept = Promise.resolve(storage.read(3, 5, 1_000));
  const dropped = Promise.resolve(storage.read(7, 9, 1_000));
  await storage.persist({ truncateFrom: 6, entries: [entryAt(6, 2)] });
  disk.faults.delayMs = undefined;
  clock.advance(10);
  expect((await kept).map(({ index }) => index)).toEqual([3, 4, 5]);
  expect(await dropped).toEqual([]);
});
