import { Owner, PersistentMap } from "@millrace/replicated-state";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PartitionChangesBuilder } from "./partition-changes.ts";
import type { PartitionChange, PartitionState } from "./partition-state.ts";
import { PartitionTable } from "./partition-table.ts";

fc.configureGlobal({ seed: 848 });

const partition = fc
  .record({
    replicas: fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 32 }),
    keep: fc.infiniteStream(fc.boolean()),
    leaderEpoch: fc.nat(),
    partitionEpoch: fc.nat(),
  })
  .map(({ replicas, keep, leaderEpoch, partitionEpoch }): PartitionState => {
    const isr = replicas.filter(() => keep.next().value);
    const elr = replicas.filter((id) => !isr.includes(id) && keep.next().value);
    return { leader: isr[0] ?? -1, leaderEpoch, partitionEpoch, replicas, isr, elr };
  });

test("is a list of partitions, whatever their replica counts", () => {
  const change = fc.record({ at: fc.nat(), state: partition, newOwner: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const model: PartitionState[] = [];
      let table = PartitionTable.empty;
      let owner = new Owner();
      for (const { at, state, newOwner } of changes) {
        if (newOwner) owner = new Owner();
        const index = at % (model.length + 1);
        table = index === model.length ? table.push(state, owner) : table.set(index, state, owner);
        model[index] = state;
        expect(table.count).toBe(model.length);
        expect(model.map((_, i) => table.get(i))).toEqual(model);
        const [first] = state.replicas;
        expect(table.hasReplica(index, first!)).toBe(true);
        expect(table.hasReplica(index, 41)).toBe(false);
        expect(table.isrEvery(index, (id) => state.isr.includes(id))).toBe(true);
        expect(table.isrEvery(index, (id) => id !== state.isr[0])).toBe(state.isr.length === 0);
        expect(table.isrWhere(index, (id) => id % 2 === 0)).toEqual(state.isr.filter((id) => id % 2 === 0));
      }
    }),
  );
});

test("an older table does not see what a later owner writes", () => {
  const state: PartitionState = {
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    replicas: [1, 2],
    isr: [1],
    elr: [2],
  };
  const before = PartitionTable.empty.push(state, new Owner());
  before.set(0, { ...state, leader: 2, isr: [2], elr: [] }, new Owner());
  before.push(state, new Owner());
  expect(before.count).toBe(1);
  expect(before.get(0)).toEqual(state);
});

test("goes through the columns of a record and back", () => {
  const pushed = (states: readonly PartitionState[]): PartitionTable =>
    states.reduce((table, state) => table.push(state, new Owner()), PartitionTable.empty);
  const all = (table: PartitionTable) => Array.from({ length: table.count }, (_, i) => table.get(i));
  fc.assert(
    fc.property(fc.array(partition, { maxLength: 12 }), fc.nat(12), (states, cut) => {
      const [before, after] = [pushed(states.slice(0, cut)), pushed(states.slice(cut))];
      const joined = before.pushColumns(after.columns(0, after.count), new Owner());
      expect(all(joined)).toEqual(all(pushed(states)));
    }),
  );
});

test("refuses columns that no decision makes", () => {
  const sound = { leaders: [1], leaderEpochs: [0], partitionEpochs: [0], elrCounts: [0], elr: [] };
  const replicas = { replicaCounts: [2], replicas: [1, 2], isrCounts: [1], isr: [1] };
  const push = (more: object): PartitionTable =>
    PartitionTable.empty.pushColumns({ ...sound, ...replicas, ...more }, new Owner());
  expect(push({}).get(0)).toMatchObject({ leader: 1, replicas: [1, 2], isr: [1] });
  expect(() => push({ leaders: [2] })).toThrow("not in sync");
  expect(() => push({ isr: [3] })).toThrow("not a replica");
  expect(() => push({ replicaCounts: [0], isrCounts: [0], replicas: [], isr: [] })).toThrow(
    "without replicas",
  );
  expect(() => push({ elrCounts: [1], elr: [1] })).toThrow("both ISR and ELR");
  expect(() => push({ replicas: [1, 2, 3] })).toThrow("replicas of no partition");
});

test("a change raises the epochs that it touches", () => {
  const owner = new Owner();
  const start: PartitionState = {
    leader: 1,
    leaderEpoch: 3,
    partitionEpoch: 5,
    replicas: [1, 2],
    isr: [1, 2],
    elr: [],
  };
  const table = PartitionTable.empty.push(start, owner);
  expect(table.change(0, { isr: [1] }, new Owner()).get(0)).toEqual({
    ...start,
    partitionEpoch: 6,
    isr: [1],
  });
  expect(table.change(0, { leader: 2, isr: [2], elr: [1] }, new Owner()).get(0)).toEqual({
    ...start,
    leader: 2,
    leaderEpoch: 4,
    partitionEpoch: 6,
    isr: [2],
    elr: [1],
  });
  expect(table.change(0, { replicas: [1, 2, 3] }, new Owner()).get(0).replicas).toEqual([1, 2, 3]);
  expect(() => table.change(0, { leader: 3 }, new Owner())).toThrow("not in sync");
});

test("the changes of a record are those of each partition, one after the other", () => {
  const subset = fc.subarray([1, 2, 3, 4], { minLength: 1 });
  const change = fc.record({ isr: fc.option(subset), elects: fc.boolean(), widens: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (wanted) => {
      const state = { leaderEpoch: 0, partitionEpoch: 0, replicas: [4, 3, 2, 1], isr: [4, 3, 2, 1], elr: [] };
      const builder = new PartitionChangesBuilder();
      let table = PartitionTable.empty;
      let expected = PartitionTable.empty;
      for (const [partition, { isr, elects, widens }] of wanted.entries()) {
        const leader = isr === null ? 4 : isr.includes(4) ? 4 : isr[0]!;
        const one: PartitionChange = {
          ...(isr !== null && { isr }),
          ...((elects || leader !== 4) && { leader }),
          ...(widens && { replicas: [4, 3, 2, 1, 9] }),
        };
        builder.add(partition, one);
        table = table.push({ ...state, leader: 4 }, new Owner());
        expected = expected.push({ ...state, leader: 4 }, new Owner());
        expected = expected.change(partition, one, new Owner());
      }
      const features = PersistentMap.empty<string, number>().set("millrace.metadata.version", 2, new Owner());
      const topic = { id: "AAAAAAAAAAAAAAAAAAAAAA", name: "t", partitions: table };
      for (const { record } of builder.records({ features }, topic)) {
        if (record.case === "partitionChanges") table = table.changeColumns(record.value, new Owner());
      }
      expect(table.columns(0, table.count)).toEqual(expected.columns(0, expected.count));
    }),
  );
});
