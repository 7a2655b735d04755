import fc from "fast-check";
import { expect, test } from "vitest";
import { hasQuorum, quorumIndex } from "./quorum.ts";

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 7 });
const matches = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 9 })));

/** The obvious way: try every index, count who has it. */
function byCounting(matchIndex: ReadonlyMap<number, number>, voterIds: readonly number[]): number {
  for (let index = 9; index > 0; index--) {
    const having = voterIds.filter((id) => (matchIndex.get(id) ?? 0) >= index);
    if (having.length * 2 > voterIds.length) return index;
  }
  return 0;
}

test("the quorum's index is the highest that a majority has", () => {
  fc.assert(
    fc.property(ids, matches, (voterIds, pairs) => {
      const matchIndex = new Map(pairs);
      expect(quorumIndex(matchIndex, voterIds)).toBe(byCounting(matchIndex, voterIds));
    }),
  );
});

test("a quorum is more than half of the voters, and only voters count", () => {
  expect(hasQuorum(new Set([1]), [1])).toBe(true);
  expect(hasQuorum(new Set([1]), [1, 2])).toBe(false);
  expect(hasQuorum(new Set([1, 8, 9]), [1, 2, 3])).toBe(false);
  expect(hasQuorum(new Set([1, 3]), [1, 2, 3])).toBe(true);
});
