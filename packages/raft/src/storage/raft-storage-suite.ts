import { describe, expect, test } from "vitest";
import type { Entry, SnapshotId, Voter } from "../entry.ts";
import { encodeVoters } from "../voters.ts";
import type { RaftStorage } from "./raft-storage.ts";
import type { RaftStorageSuiteOptions } from "./raft-storage-suite-options.ts";
import { runSnapshotTransferSuite } from "./snapshot-transfer-suite.ts";
import { chunks, entry, loadedText, plain, range, readAll } from "./storage-test-data.ts";

const voters: readonly Voter[] = [{ id: 1, directoryId: "d", endpoint: { host: "localhost", port: 1 } }];

/** What every `RaftStorage` keeps to. */
export function runRaftStorageSuite(name: string, options: RaftStorageSuiteOptions): void {
  const { make, reopen } = options;
  const makeWith = async (...batches: readonly (readonly Entry[])[]): Promise<RaftStorage> => {
    const storage = await make();
    await storage.persist({ hardState: { term: 1, votedFor: 1 }, entries: [] });
    for (const entries of batches) await storage.persist({ entries });
    return storage;
  };

  describe(`${name} raft storage`, () => {
    test("is empty at first", async () => {
      const { initial } = await make();
      expect(initial).toEqual({
        hardState: { term: 0, votedFor: undefined },
        snapshot: undefined,
        firstIndex: 1,
        lastIndex: 0,
        termStarts: [],
        votersEntries: [],
      });
    });

    test("keeps entries of every kind, with term and vote", async () => {
      const written = [
        entry(1, 1, "", "noop"),
        { index: 2, term: 1, kind: "voters" as const, payload: encodeVoters(voters) },
        entry(3, 1, "a"),
        entry(4, 3, "x".repeat(10_000)),
      ];
      const storage = await makeWith(written.slice(0, 2), written.slice(2));
      await storage.persist({ hardState: { term: 3, votedFor: undefined }, entries: [] });
      const again = await reopen(storage);
      expect(again.initial).toMatchObject({
        hardState: { term: 3, votedFor: undefined },
        firstIndex: 1,
        lastIndex: 4,
        termStarts: [
          { term: 1, firstIndex: 1 },
          { term: 3, firstIndex: 4 },
        ],
      });
      expect(again.initial.votersEntries.map((e) => e.index)).toEqual([2]);
      expect(await readAll(again, 1, 4)).toEqual(written.map(plain));
    });

    test("reads within its bounds, and always at least one entry", async () => {
      const storage = await makeWith(range(1, 10, 1, "0123456789"));
      expect((await storage.read(3, 5, 1_000_000)).map((e) => e.index)).toEqual([3, 4, 5]);
      expect((await storage.read(3, 10, 0)).map((e) => e.index)).toEqual([3]);
      expect((await storage.read(1, 10, 25)).length).toBeLessThanOrEqual(2);
    });

    test("replaces a suffix by what a new leader has", async () => {
      const storage = await makeWith(range(1, 10, 1, "old"));
      await storage.persist({
        hardState: { term: 2, votedFor: 2 },
        truncateFrom: 6,
        entries: range(6, 7, 2, "new"),
      });
      const again = await reopen(storage);
      expect(again.initial).toMatchObject({ lastIndex: 7, hardState: { term: 2, votedFor: 2 } });
      const terms = (await readAll(again, 1, 7)).map((e) => e.term);
      expect(terms).toEqual([1, 1, 1, 1, 1, 2, 2]);
    });

    test("goes on after a suffix was dropped as a whole", async () => {
      const storage = await makeWith(range(1, 10, 1, "old"));
      await storage.persist({ truncateFrom: 1, entries: [] });
      await storage.persist({ entries: range(1, 2, 2, "new") });
      const again = await reopen(storage);
      expect((await readAll(again, 1, 2)).map((e) => e.payload)).toEqual(["new", "new"]);
    });

    test("keeps the latest snapshot with its chunks and voters", async () => {
      const storage = await makeWith(range(1, 10, 1, "x"));
      await storage.saveSnapshot({ index: 4, term: 1, voters: undefined }, chunks("old"));
      await storage.saveSnapshot({ index: 8, term: 1, voters }, chunks("a", "bc", "d".repeat(100_000)));
      const again = await reopen(storage);
      expect(again.initial.snapshot).toEqual({ index: 8, term: 1, voters });
      expect(again.initial).toMatchObject({ firstIndex: 1, lastIndex: 10 });
      expect(await loadedText(again)).toBe(`abc${"d".repeat(100_000)}`);
    });

    test("has no snapshot until one is complete", async () => {
      const storage = await makeWith(range(1, 10, 1, "x"));
      expect(await storage.loadSnapshot()).toBeUndefined();
      await storage.saveSnapshot({ index: 4, term: 1, voters: undefined }, chunks("good"));
      const failing = (async function* () {
        yield Buffer.from("half");
        throw new Error("source broke");
      })();
      await expect(storage.saveSnapshot({ index: 8, term: 1, voters }, failing)).rejects.toThrow(
        "source broke",
      );
      const again = await reopen(storage);
      expect(again.initial.snapshot?.index).toBe(4);
      expect(await loadedText(again)).toBe("good");
    });

    test("does not go back to an older snapshot", async () => {
      const storage = await makeWith(range(1, 10, 1, "x"));
      await storage.saveSnapshot({ index: 8, term: 1, voters }, chunks("newer"));
      await storage.saveSnapshot({ index: 4, term: 1, voters }, chunks("older"));
      await storage.saveSnapshot({ index: 8, term: 1, voters }, chunks("again"));
      expect(await loadedText(storage)).toBe("newer");
      const again = await reopen(storage);
      expect(again.initial.snapshot?.index).toBe(8);
      expect(await loadedText(again)).toBe("newer");
    });

    test("has nothing to read where nothing is kept", async () => {
      const storage = await makeWith(range(1, 50, 1, "x".repeat(100)));
      expect(await storage.read(51, 60, 1_000)).toEqual([]);
      await storage.persist({ truncateFrom: 40, entries: [] });
      expect(await storage.read(40, 50, 1_000)).toEqual([]);
      await storage.saveSnapshot({ index: 39, term: 1, voters }, chunks("state"));
      await storage.truncatePrefix(39);
      const { firstIndex } = (await reopen(storage)).initial;
      if (firstIndex > 1) expect(await storage.read(firstIndex - 1, 39, 1_000)).toEqual([]);
    });

    test("drops a prefix that a snapshot covers, and goes on", async () => {
      const storage = await makeWith(...range(1, 50, 1, "x".repeat(100)).map((e) => [e]));
      const id: SnapshotId = { index: 45, term: 1, voters };
      await storage.saveSnapshot(id, chunks("state"));
      await storage.truncatePrefix(45);
      await storage.persist({ entries: range(51, 52, 2, "later") });
      const again = await reopen(storage);
      const { firstIndex, lastIndex } = again.initial;
      expect(lastIndex).toBe(52);
      expect(firstIndex).toBeGreaterThan(1);
      expect(firstIndex).toBeLessThanOrEqual(46);
      expect((await readAll(again, firstIndex, 52)).map((e) => e.index)).toEqual(
        Array.from({ length: 52 - firstIndex + 1 }, (_, i) => firstIndex + i),
      );
    });
  });

  runSnapshotTransferSuite(name, options);
}
