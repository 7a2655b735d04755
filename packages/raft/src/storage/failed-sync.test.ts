import { SeededRandom, SimulatedDisk } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { SegmentedRaftStorage } from "./segmented-raft-storage.ts";
import { chunks, entry, loadedText, range, readAll, snapshotBytes } from "./storage-test-data.ts";

const seeds = Array.from({ length: 8 }, (_, seed) => seed);
const open = (disk: SimulatedDisk) => SegmentedRaftStorage.open(disk, "raft", { segmentBytes: 600 });

/** A disk on which `act` met a failing sync, as the next process finds it. */
async function afterFailedSync(
  seed: number,
  act: (storage: SegmentedRaftStorage) => Promise<unknown>,
): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk({ random: new SeededRandom(seed) });
  const storage = await open(disk);
  await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: range(1, 3, 1, "kept") });
  disk.faults.fail = (operation) => (operation === "sync" ? "IO" : undefined);
  await expect(act(storage)).rejects.toMatchObject({ code: "IO" });
  return disk.reopen();
}

// The pages that a failed sync could not write stay readable, and count as written for every later sync.
describe("what a process finds after a failed sync is on the disk when it has opened it", () => {
  test.each(seeds)("entries, seed %i", async (seed) => {
    const disk = await afterFailedSync(seed, (storage) =>
      storage.persist({ entries: [entry(4, 1, "unsure")] }),
    );
    const { lastIndex } = (await open(disk)).initial;
    const again = await open(disk.crash());
    expect(again.initial.lastIndex).toBe(lastIndex);
    expect(await readAll(again, 1, lastIndex)).toHaveLength(lastIndex);
  });

  test.each(seeds)("a log that was cut, seed %i", async (seed) => {
    const disk = await afterFailedSync(seed, (storage) => storage.persist({ truncateFrom: 2, entries: [] }));
    const storage = await open(disk);
    const { lastIndex } = storage.initial;
    await storage.persist({ entries: [entry(lastIndex + 1, 2, "x")] });
    const again = await open(disk.crash());
    expect(again.initial.lastIndex).toBe(lastIndex + 1);
  });

  test.each(seeds)("term and vote, seed %i", async (seed) => {
    const hardState = { term: 2, votedFor: 3 };
    const disk = await afterFailedSync(seed, (storage) => storage.persist({ hardState, entries: [] }));
    const { initial } = await open(disk);
    expect((await open(disk.crash())).initial.hardState).toEqual(initial.hardState);
  });

  test.each(seeds)("term and vote of a process that was killed in the middle, seed %i", async (seed) => {
    const disk = new SimulatedDisk({ random: new SeededRandom(seed) });
    const storage = await open(disk);
    await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [] });
    let left: SimulatedDisk | undefined;
    disk.faults.fail = (operation) => {
      if (operation === "sync") left = disk.reopen();
      return left && "IO";
    };
    await expect(storage.persist({ hardState: { term: 2, votedFor: 3 }, entries: [] })).rejects.toThrow();
    const { initial } = await open(left!);
    expect((await open(left!.crash())).initial.hardState).toEqual(initial.hardState);
  });
});

test("a received snapshot that could not be synced is not resumed", async () => {
  const id = { index: 9, term: 1, voters: undefined };
  const leader = await open(new SimulatedDisk({ random: new SeededRandom(0) }));
  await leader.persist({ hardState: { term: 1, votedFor: 1 }, entries: range(1, 9, 1, "x") });
  await leader.saveSnapshot(id, chunks("state"));
  const bytes = await snapshotBytes(leader);
  const sender = { id: 2, directoryId: "d" };
  const disk = await afterFailedSync(0, async (storage) => {
    const receiver = await storage.receiveSnapshot(id, sender);
    await receiver.write(0, bytes);
    await receiver.finish();
  });
  const storage = await open(disk);
  const receiver = await storage.receiveSnapshot(id, sender);
  expect(receiver.offset).toBe(0);
  await receiver.write(0, bytes);
  await receiver.finish();
  expect(await loadedText(await open(disk.crash()))).toBe("state");
});
