import { expect, test } from "vitest";
import type { Persist } from "../core/effects.ts";
import type { Entry } from "../entry.ts";
import type { Message } from "../message.ts";
import { MemoryRaftStorage } from "../storage/memory-raft-storage.ts";
import type { PersistBatch } from "../storage/raft-storage.ts";
import { LogWriter, type Persisted } from "./log-writer.ts";

const entry = (index: number, term: number): Entry => ({
  index,
  term,
  kind: "data",
  payload: Buffer.from("x"),
});
const nothing: Persist = {
  hardState: undefined,
  truncateFrom: undefined,
  truncations: 0,
  entries: [],
  thenSend: [],
};
const answer = {
  type: "timeoutNow",
  from: { id: 1, directoryId: "a" },
  to: { id: 2, directoryId: "b" },
  term: 1,
};

function makeWriter() {
  const storage = new MemoryRaftStorage();
  const batches: PersistBatch[] = [];
  const persist = storage.persist.bind(storage);
  storage.persist = (batch) => {
    batches.push(batch);
    return persist(batch);
  };
  const reports: Persisted[] = [];
  const fail = (error: unknown): void => {
    throw error;
  };
  return {
    storage,
    batches,
    reports,
    writer: new LogWriter(storage, (report) => reports.push(report), fail),
  };
}

test("what one write truncates of another in its group is never written", async () => {
  const { storage, batches, reports, writer } = makeWriter();
  writer.write({
    ...nothing,
    hardState: { term: 1, votedFor: 2 },
    entries: [1, 2, 3].map((i) => entry(i, 1)),
  });
  await writer.idle();
  writer.write({ ...nothing, entries: [entry(4, 1), entry(5, 1)] });
  writer.write({ ...nothing, truncateFrom: 5, entries: [entry(5, 2)] });
  writer.write({ ...nothing, truncateFrom: 3, entries: [entry(3, 3), entry(4, 3)] });
  await writer.idle();
  expect(batches[1]).toEqual({ truncateFrom: 3, entries: [entry(3, 3), entry(4, 3)] });
  expect(storage.read(1, 4, 100).map(({ term }) => term)).toEqual([1, 1, 3, 3]);
  expect(reports.map(({ last }) => last)).toMatchObject([{ index: 3 }, { index: 4, term: 3 }]);
});

test("messages wait for the writes before them, also when they bring none", async () => {
  const { batches, reports, writer } = makeWriter();
  writer.write({ ...nothing, entries: [entry(1, 1)] });
  await Promise.resolve();
  writer.write({ ...nothing, thenSend: [answer as Message] });
  expect(reports).toEqual([]);
  await writer.idle();
  expect(reports.map(({ last, thenSend }) => [last?.index, thenSend.length])).toEqual([
    [1, 0],
    [undefined, 1],
  ]);
  expect(batches).toHaveLength(1);
});

test("a change of the storage comes behind what was written before it", async () => {
  const { storage, writer } = makeWriter();
  let lastIndex = 0;
  writer.write({ ...nothing, entries: [entry(1, 1)] });
  await Promise.resolve();
  writer.write({ ...nothing, entries: [entry(2, 1)] });
  writer.between(async () => {
    lastIndex = storage.initial.lastIndex;
  });
  await writer.idle();
  expect(lastIndex).toBe(2);
});
