import { describe, expect, test } from "vitest";
import type { MemberKey, SnapshotId, Voter } from "../entry.ts";
import type { RaftStorage, SnapshotReceiver } from "./raft-storage.ts";
import type { RaftStorageSuiteOptions } from "./raft-storage-suite-options.ts";
import { chunks, loadedText, range, readAll, snapshotBytes } from "./storage-test-data.ts";

const voters: readonly Voter[] = [{ id: 1, directoryId: "d", endpoint: { host: "localhost", port: 1 } }];
const id: SnapshotId = { index: 20, term: 2, voters };
const sender: MemberKey = { id: 1, directoryId: "disk/of 1" };
const parts = ["first", "x".repeat(3_000), "last"];

/** How a snapshot goes from one storage to another. Part of `runRaftStorageSuite`. */
export function runSnapshotTransferSuite(name: string, { make, reopen }: RaftStorageSuiteOptions): void {
  /** The bytes of a snapshot as a leader would send them. */
  const sent = async (snapshot = id): Promise<Buffer> => {
    const leader = await make();
    await leader.persist({ hardState: { term: 2, votedFor: 1 }, entries: range(1, snapshot.index, 2, "x") });
    await leader.saveSnapshot(snapshot, chunks(...parts));
    return snapshotBytes(leader);
  };
  const follower = async (...args: Parameters<typeof range>): Promise<RaftStorage> => {
    const storage = await make();
    await storage.persist({ hardState: { term: 2, votedFor: 1 }, entries: range(...args) });
    return storage;
  };

  describe(`${name} raft storage, receiving a snapshot`, () => {
    test.each([1, 7, 1_000, 1_000_000])("takes it in pieces of %i bytes", async (size) => {
      const bytes = await sent();
      const storage = await follower(1, 5, 1, "x");
      const receiver = await storage.receiveSnapshot(id, sender);
      expect(receiver.offset).toBe(0);
      await writeAll(receiver, bytes, size);
      expect(receiver.offset).toBe(bytes.length);
      expect(storage.initial.snapshot).toBeUndefined();
      expect(await receiver.finish()).toEqual({ id, keptLog: false });
      expect(await loadedText(storage)).toBe(parts.join(""));
      expect(await snapshotBytes(storage)).toEqual(bytes);
      await storage.persist({ entries: range(21, 22, 3, "later") });
      const again = await reopen(storage);
      expect(again.initial).toMatchObject({ snapshot: id, firstIndex: 21, lastIndex: 22 });
      expect(await loadedText(again)).toBe(parts.join(""));
    });

    test("keeps a log that holds the snapshot's entry", async () => {
      const storage = await follower(1, 30, 2, "x");
      const receiver = await storage.receiveSnapshot(id, sender);
      await receiver.write(0, await sent());
      expect(await receiver.finish()).toEqual({ id, keptLog: true });
      await storage.persist({ entries: range(31, 31, 2, "x") });
      const again = await reopen(storage);
      expect(again.initial).toMatchObject({ snapshot: id, firstIndex: 1, lastIndex: 31 });
      expect((await readAll(again, 1, 31)).length).toBe(31);
    });

    test("drops a longer log that has another entry there", async () => {
      const storage = await follower(1, 30, 1, "x".repeat(50));
      const receiver = await storage.receiveSnapshot(id, sender);
      await receiver.write(0, await sent());
      expect(await receiver.finish()).toEqual({ id, keptLog: false });
      expect(await storage.read(20, 30, 1_000)).toEqual([]);
      const again = await reopen(storage);
      expect(again.initial).toMatchObject({ snapshot: id, firstIndex: 21, lastIndex: 20, termStarts: [] });
      await again.persist({ entries: range(21, 25, 3, "new") });
      expect((await readAll(again, 21, 25)).map((e) => e.term)).toEqual([3, 3, 3, 3, 3]);
    });

    test("goes on after a restart, with the same sender only", async () => {
      const bytes = await sent();
      const storage = await follower(1, 5, 1, "x");
      const receiver = await storage.receiveSnapshot(id, sender);
      await receiver.write(0, bytes.subarray(0, bytes.length - 20));
      let again = await reopen(storage);
      const resumed = await again.receiveSnapshot(id, sender);
      expect(resumed.offset).toBeGreaterThan(3_000);
      expect(resumed.offset).toBeLessThanOrEqual(bytes.length - 20);
      await resumed.write(resumed.offset, bytes.subarray(resumed.offset));
      again = await reopen(again);
      const whole = await again.receiveSnapshot(id, sender);
      expect(whole.offset).toBe(bytes.length);
      await whole.close();
      const other = await again.receiveSnapshot(id, { ...sender, directoryId: "another disk" });
      expect(other.offset).toBe(0);
      await writeAll(other, bytes, 500);
      expect(await other.finish()).toEqual({ id, keptLog: false });
      expect(await loadedText(again)).toBe(parts.join(""));
    });

    test("drops what it has of one snapshot for another", async () => {
      const storage = await follower(1, 5, 1, "x");
      const older = await storage.receiveSnapshot(id, sender);
      await older.write(0, (await sent()).subarray(0, 500));
      const newerId = { index: 25, term: 2, voters: undefined };
      const newer = await storage.receiveSnapshot(newerId, sender);
      expect(newer.offset).toBe(0);
      await newer.write(0, await sent(newerId));
      expect(await newer.finish()).toEqual({ id: newerId, keptLog: false });
    });

    test("takes repeated and overlapping pieces once, and none behind a gap", async () => {
      const bytes = await sent();
      const storage = await follower(1, 5, 1, "x");
      const receiver = await storage.receiveSnapshot(id, sender);
      await receiver.write(100, bytes.subarray(100, 200));
      expect(receiver.offset).toBe(0);
      await receiver.write(0, bytes.subarray(0, 200));
      await receiver.write(0, bytes.subarray(0, 200));
      await receiver.write(150, bytes.subarray(150, 300));
      expect(receiver.offset).toBe(300);
      await receiver.write(300, bytes.subarray(300));
      await receiver.write(300, bytes.subarray(300));
      expect(await receiver.finish()).toEqual({ id, keptLog: false });
    });

    test("refuses any byte that is damaged, and takes the right one afterwards", async () => {
      const bytes = await sent();
      const storage = await follower(1, 5, 1, "x");
      for (let at = 0; at < bytes.length; at += at < 200 ? 1 : 97) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= 4;
        const receiver = await storage.receiveSnapshot(
          { ...id, index: id.index },
          { id: at, directoryId: "" },
        );
        const written = await receiver
          .write(0, damaged)
          .then(
            () => receiver.finish(),
            (error: unknown) => Promise.reject(error),
          )
          .catch((error: unknown) => error);
        expect(written).toMatchObject({ code: "CORRUPT" });
        expect(receiver.offset).toBeLessThanOrEqual(at);
        await receiver.write(receiver.offset, bytes.subarray(receiver.offset));
        expect(receiver.offset).toBe(bytes.length);
        await receiver.close();
      }
    });

    test("does not take an unfinished one, one with more behind its end, or another one", async () => {
      const bytes = await sent();
      const storage = await follower(1, 5, 1, "x");
      const receiver = await storage.receiveSnapshot(id, sender);
      await receiver.write(0, bytes.subarray(0, -1));
      await expect(receiver.finish()).rejects.toMatchObject({ code: "CORRUPT" });
      await expect(
        receiver.write(receiver.offset, Buffer.concat([bytes.subarray(receiver.offset), bytes])),
      ).rejects.toMatchObject({ code: "CORRUPT" });
      const other = await storage.receiveSnapshot({ index: 20, term: 3 }, sender);
      await expect(other.write(0, bytes)).rejects.toMatchObject({ code: "CORRUPT" });
      expect(other.offset).toBe(0);
      expect(await storage.loadSnapshot()).toBeUndefined();
    });

    test("a newer snapshot of its own wins", async () => {
      const storage = await follower(1, 30, 2, "x");
      const receiver = await storage.receiveSnapshot(id, sender);
      await receiver.write(0, await sent());
      await storage.saveSnapshot({ index: 25, term: 2, voters }, chunks("own"));
      expect(await receiver.finish()).toBeUndefined();
      const again = await reopen(storage);
      expect(again.initial).toMatchObject({ snapshot: { index: 25 }, firstIndex: 1, lastIndex: 30 });
      expect(await loadedText(again)).toBe("own");
    });

    test("one that is being sent stays readable when a newer one replaces it", async () => {
      const storage = await follower(1, 30, 2, "x");
      expect(await storage.openSnapshot()).toBeUndefined();
      await storage.saveSnapshot(id, chunks(...parts));
      const opened = (await storage.openSnapshot())!;
      expect(opened.id).toEqual(id);
      await storage.saveSnapshot({ index: 25, term: 2, voters }, chunks("newer"));
      const bytes = await opened.read(0, opened.size);
      await opened.close();
      expect(bytes.length).toBe(opened.size);
      const other = await follower(1, 5, 1, "x");
      const receiver = await other.receiveSnapshot(id, sender);
      await receiver.write(0, bytes);
      expect(await receiver.finish()).toEqual({ id, keptLog: false });
    });
  });
}

async function writeAll(receiver: SnapshotReceiver, bytes: Buffer, size: number): Promise<void> {
  while (receiver.offset < bytes.length) {
    const at = receiver.offset;
    await receiver.write(at, bytes.subarray(at, at + size));
  }
}
