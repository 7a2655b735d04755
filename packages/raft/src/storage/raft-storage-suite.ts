import { describe, expect, test } from "vitest";
import type { Entry, EntryKind, SnapshotId, Term, Voter } from "../entry.ts";
import { encodeVoters } from "../voters.ts";
import type { RaftStorage } from "./raft-storage.ts";

export interface RaftStorageSuiteOptions {
  /** A storage that never held anything. */
  readonly make: () => Promise<RaftStorage>;
  /** What is there after `storage` was closed and opened again. */
  readonly reopen: (storage: RaftStorage) => Promise<RaftStorage>;
}

const voters: readonly Voter[] = [{ id: 1, directoryId: "d", endpoint: { host: "localhost", port: 1 } }];

/** What every `RaftStorage` keeps to. */
export function runRaftStorageSuite(name: string, { make, reopen }: RaftStorageSuiteOptions): void {
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
}

function entry(index: number, term: Term, text: string, kind: EntryKind = "data"): Entry {
  return { index, term, kind, payload: Buffer.from(text) };
}

function range(from: number, through: number, term: Term, text: string): readonly Entry[] {
  return Array.from({ length: through - from + 1 }, (_, i) => entry(from + i, term, text));
}

function plain({ index, term, kind, payload }: Entry) {
  return { index, term, kind, payload: Buffer.from(payload).toString() };
}

async function readAll(storage: RaftStorage, from: number, through: number) {
  const entries: Entry[] = [];
  for (let next = from; next <= through; next = entries.at(-1)!.index + 1) {
    entries.push(...(await storage.read(next, through, 200)));
  }
  return entries.map(plain);
}

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function loadedText(storage: RaftStorage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of (await storage.loadSnapshot())!.chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}
