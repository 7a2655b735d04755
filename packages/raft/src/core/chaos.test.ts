import { describe, expect, test } from "vitest";
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
