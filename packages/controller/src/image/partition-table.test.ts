import { Owner } from "@millrace/replicated-state";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type PartitionState, PartitionTable } from "./partition-table.ts";

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
