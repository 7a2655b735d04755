import { randomBelow, SeededRandom } from "@millrace/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type PlaceableBroker, placeReplicas } from "./place-replicas.ts";

fc.configureGlobal({ seed: 848 });

const brokers = fc
  .uniqueArray(
    fc.record({
      id: fc.nat(50),
      rack: fc.constantFrom(undefined, "a", "b", "c"),
      fenced: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
    { minLength: 1, maxLength: 12, selector: ({ id }) => id },
  )
  .filter((all) => all.some(({ fenced }) => !fenced));

function place(all: readonly PlaceableBroker[], partitions: number, replicationFactor: number): number[][] {
  const random = new SeededRandom(7);
  return placeReplicas(all, { partitions, replicationFactor }, (limit) => randomBelow(random, limit));
}

test("replicas are different brokers, on as many racks as there are, led by one that is not fenced", () => {
  fc.assert(
    fc.property(brokers, fc.nat(20), fc.nat(), (all, partitions, factor) => {
      const replicationFactor = 1 + (factor % all.length);
      const placed = place(all, partitions, replicationFactor);
      expect(placed.length).toBe(partitions);
      const byId = new Map(all.map((broker) => [broker.id, broker]));
      const racks = new Set(all.map(({ rack }) => rack)).size;
      for (const replicas of placed) {
        expect(new Set(replicas).size).toBe(replicationFactor);
        expect(byId.get(replicas[0]!)!.fenced).toBe(false);
        const used = new Set(replicas.map((id) => byId.get(id)!.rack)).size;
        expect(used).toBe(Math.min(racks, replicationFactor));
      }
    }),
  );
});

test("leaders and replicas are spread evenly", () => {
  const all = Array.from({ length: 6 }, (_, id) => ({ id, rack: `rack${id % 3}`, fenced: false }));
  const placed = place(all, 60, 3);
  for (const { id } of all) {
    expect(placed.filter((replicas) => replicas[0] === id).length).toBe(10);
    expect(placed.filter((replicas) => replicas.includes(id)).length).toBe(30);
  }
});
