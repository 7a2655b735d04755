import fc from "fast-check";
import { expect, test } from "vitest";
import { quorumIndex } from "./quorum.ts";
import { safetyRules } from "./safety-rules.ts";

const { isMajority } = safetyRules;
const matches = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 0, maxLength: 7 });

/** The obvious way: try every index, count who has it. */
function byCounting(matchIndexes: readonly number[]): number {
  for (let index = 9; index > 0; index--) {
    if (matchIndexes.filter((match) => match >= index).length * 2 > matchIndexes.length) return index;
  }
  return 0;
}

test("the quorum's index is the highest that a majority has", () => {
  fc.assert(
    fc.property(matches, (matchIndexes) => {
      expect(quorumIndex(matchIndexes, isMajority)).toBe(byCounting(matchIndexes));
    }),
  );
});

test("a majority is more than half", () => {
  const majorities = [0, 1, 2, 3].map((count) =>
    [1, 2, 3, 4, 5].filter((voters) => isMajority(count, voters)),
  );
  expect(majorities).toEqual([[], [1], [1, 2, 3], [1, 2, 3, 4, 5]]);
});
