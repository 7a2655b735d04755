import { InvariantViolation } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import type { SafetyRules } from "./safety-rules.ts";
import { Chaos } from "./testing/chaos.ts";

const seeds = Array.from({ length: Number(process.env.RAFT_SEEDS ?? 60) }, (_, i) => i + 1);

describe("cores that lose messages, crash and change their voters keep what Raft promises (figure 3)", () => {
  test.each(seeds)("seed %i", (seed) => {
    const chaos = new Chaos(seed);
    for (let round = 0; round < 3; round++) {
      chaos.run(1_500);
      chaos.heal();
    }
    expect(chaos.committed).toBeGreaterThan(10);
  });
});

/** Those that a few seeds find; `@millrace/simulator` looks for the others. */
const bugs: Readonly<Record<string, Partial<SafetyRules>>> = {
  "votes for who lacks entries": { isUpToDate: () => true },
  "acknowledges before the write": { acknowledgesAfterWrite: () => false },
  "takes half for a majority": { isMajority: (count, voters) => count >= voters / 2 },
  "appends without a look at what precedes": { matchesPrevious: (ownTerm) => ownTerm !== undefined },
  "keeps entries that conflict": { conflicts: () => false },
  "commits what it did not compare": { followerCommit: (leaderCommit) => leaderCommit },
  "reads before its term is open": { mayServeReads: () => true },
};

test.each(Object.entries(bugs))("a core that %s is found out", (_, rules) => {
  const isFound = (seed: number): boolean => {
    try {
      new Chaos(seed, rules).run(3_000);
      return false;
    } catch (error) {
      expect(error).toBeInstanceOf(InvariantViolation);
      return true;
    }
  };
  expect(Array.from({ length: 200 }, (_, i) => i + 1).find(isFound)).toBeDefined();
});
