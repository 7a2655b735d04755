import { SeededRandom, SimulatedDisk } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import type { SnapshotId, Term } from "../entry.ts";
import type { RaftStorage } from "./raft-storage.ts";
import { SegmentedRaftStorage } from "./segmented-raft-storage.ts";
import { chunks, loadedText, range, readAll, snapshotBytes } from "./storage-test-data.ts";

const seeds = Array.from({ length: 12 }, (_, seed) => seed);
const open = (disk: SimulatedDisk) => SegmentedRaftStorage.open(disk, "raft", { segmentBytes: 600 });

interface Cut {
  readonly disk: SimulatedDisk;
  /** False: the power went before `act` was through. */
  readonly wasThrough: boolean;
}

/** Cuts the power before each operation on the disk that `act` makes, in turn and once after the last. */
async function* powerCuts(
  seed: number,
  prepare: (storage: RaftStorage) => Promise<void>,
  act: (storage: RaftStorage) => Promise<void>,
): AsyncGenerator<Cut> {
  for (let cutAt = 0; ; cutAt++) {
    const disk = new SimulatedDisk({ random: new SeededRandom(seed * 1_000 + cutAt) });
    const storage = await open(disk);
    await prepare(storage);
    let operations = 0;
    let survivor: SimulatedDisk | undefined;
    disk.faults.fail = () => {
      if (operations++ === cutAt) survivor = disk.crash();
      return survivor && "IO";
    };
    const wasThrough = await act(storage).then(
      () => true,
      () => false,
    );
    expect(wasThrough).toBe(survivor === undefined);
    yield { disk: survivor ?? disk.crash(), wasThrough };
    if (wasThrough) {
      expect(cutAt).toBeGreaterThan(3);
      return;
    }
  }
}

/** The terms of all entries, first to last. */
async function termsOf(storage: RaftStorage): Promise<Term[]> {
  const { firstIndex, lastIndex } = storage.initial;
  return (await readAll(storage, firstIndex, lastIndex)).map((entry) => entry.term);
}

describe("after a power cut at any moment", () => {
  const id: SnapshotId = { index: 20, term: 2, voters: undefined };
  const sender = { id: 1, directoryId: "disk" };
  const parts = ["a", "b".repeat(1_500), "c".repeat(700), "d"];
  const text = "x".repeat(40);

  async function sent(): Promise<Buffer> {
    const leader = await open(new SimulatedDisk({ random: new SeededRandom(0) }));
    await leader.persist({ hardState: { term: 2, votedFor: 1 }, entries: range(1, 20, 2, "x") });
    await leader.saveSnapshot(id, chunks(...parts));
    return snapshotBytes(leader);
  }

  /** In groups of three, so that there are several segments. */
  const logOf = (through: number, term: Term) => async (storage: RaftStorage) => {
    await storage.persist({ hardState: { term, votedFor: 1 }, entries: [] });
    for (let from = 1; from <= through; from += 3) {
      await storage.persist({ entries: range(from, Math.min(from + 2, through), term, text) });
    }
  };

  async function receive(storage: RaftStorage, bytes: Buffer): Promise<void> {
    const receiver = await storage.receiveSnapshot(id, sender);
    while (receiver.offset < bytes.length) {
      await receiver.write(receiver.offset, bytes.subarray(receiver.offset, receiver.offset + 700));
    }
    await receiver.finish();
  }

  const logs = [
    { name: "a shorter log", through: 10, term: 1, follows: false },
    { name: "a log that disagrees", through: 30, term: 1, follows: false },
    { name: "a log that agrees", through: 30, term: 2, follows: true },
  ];

  test.each(logs)(
    "a snapshot received over $name is there as a whole, with a log that follows it, or not at all",
    async ({ through, term, follows }) => {
      const bytes = await sent();
      const oldLog = Array.from({ length: through }, () => term);
      for (const seed of seeds) {
        for await (const { disk, wasThrough } of powerCuts(seed, logOf(through, term), (s) =>
          receive(s, bytes),
        )) {
          const storage = await open(disk);
          const { snapshot, firstIndex, lastIndex } = storage.initial;
          if (wasThrough) expect(snapshot).toEqual(id);
          if (snapshot === undefined || follows) expect(await termsOf(storage)).toEqual(oldLog);
          else expect([firstIndex, lastIndex]).toEqual([21, 20]);
          if (snapshot === undefined) await receive(storage, bytes);
          expect(await loadedText(storage)).toBe(parts.join(""));
          const next = follows ? through + 1 : 21;
          await storage.persist({ entries: range(next, next + 1, 3, "later") });
          const again = await open(disk.crash());
          expect(again.initial).toMatchObject({ snapshot: id, lastIndex: next + 1 });
          expect((await termsOf(again)).slice(-2)).toEqual([3, 3]);
        }
      }
    },
  );

  test("a transfer goes on from whole parts only", async () => {
    const bytes = await sent();
    let resumed = 0;
    for (const seed of seeds) {
      for await (const { disk } of powerCuts(seed, logOf(10, 1), (s) => receive(s, bytes))) {
        const storage = await open(disk);
        if (storage.initial.snapshot !== undefined) continue;
        const receiver = await storage.receiveSnapshot(id, sender);
        if (receiver.offset > 0) resumed++;
        await receiver.write(receiver.offset, bytes.subarray(receiver.offset));
        expect(await receiver.finish()).toEqual({ id, keptLog: false });
        expect(await snapshotBytes(storage)).toEqual(bytes);
      }
    }
    expect(resumed).toBeGreaterThan(10);
  });

  test.each([
    [2, 5],
    [4, 1],
    [8, 5],
    [20, 2],
    [25, 5],
    [28, 5],
  ])(
    "a tail replaced from %i on by %i entries is the start of the old one or of the new one",
    async (from, count) => {
      const after = Array.from({ length: count }, () => 2);
      const before = Array.from({ length: from - 1 }, () => 1);
      for (const seed of seeds) {
        const overwrite = (storage: RaftStorage) =>
          storage.persist({
            hardState: { term: 2, votedFor: 2 },
            truncateFrom: from,
            entries: range(from, from + count - 1, 2, text),
          });
        for await (const { disk, wasThrough } of powerCuts(seed, logOf(28, 1), overwrite)) {
          const storage = await open(disk);
          const terms = await termsOf(storage);
          expect(terms.slice(0, from - 1)).toEqual(before);
          expect(new Set(terms.slice(from - 1)).size).toBeLessThanOrEqual(1);
          if (wasThrough) expect(terms.slice(from - 1)).toEqual(after);
          if (terms.includes(2)) expect(storage.initial.hardState).toEqual({ term: 2, votedFor: 2 });
          await overwrite(storage);
          const again = await open(disk.crash());
          expect(await termsOf(again)).toEqual([...before, ...after]);
        }
      }
    },
  );

  test("term and vote are the old ones or the new ones, together", async () => {
    for (const seed of seeds) {
      let promised = 1;
      const vote = async (storage: RaftStorage) => {
        promised = 1;
        for (let term = 2; term < 6; term++) {
          await storage.persist({ hardState: { term, votedFor: 10 * term }, entries: [] });
          promised = term;
        }
      };
      for await (const { disk } of powerCuts(seed, logOf(3, 1), vote)) {
        const { term, votedFor } = (await open(disk)).initial.hardState;
        expect(term).toBeGreaterThanOrEqual(promised);
        expect(term).toBeLessThanOrEqual(promised + 1);
        expect(votedFor).toBe(term === 1 ? 1 : 10 * term);
      }
    }
  });
});
