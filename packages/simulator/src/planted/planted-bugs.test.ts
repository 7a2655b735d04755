import { expect, test, vi } from "vitest";
import type { PlantedBug } from "../raft/quorum-setup.ts";
import { type SimulationResult, simulateQuorum } from "../raft/simulate-quorum.ts";
import { plantedBugs } from "./planted-bugs.ts";

// Only work, no waiting: however long that takes on a busy machine.
vi.setConfig({ testTimeout: 900_000 });

const seedsMax = 15;

/** The first seed that finds it. */
async function find(planted: PlantedBug): Promise<SimulationResult | undefined> {
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const result = await simulateQuorum({ seed, planted });
    if (result.violation !== undefined) return result;
  }
  return undefined;
}

test.each(Object.entries<PlantedBug>(plantedBugs))(
  `%s is found within ${seedsMax} seeds, and its seed replays`,
  async (_, planted) => {
    const found = await find(planted);
    expect(found?.violation).toBeDefined();
    const replayed = await simulateQuorum({ seed: Number(found?.seed), planted });
    expect(replayed.violation?.message).toBe(found?.violation?.message);
    expect(replayed.transcriptHash).toBe(found?.transcriptHash);
    // What was found is the bug: without it the seed is fine.
    const { violation } = await simulateQuorum({ seed: Number(found?.seed), plan: planted.plan ?? {} });
    expect(violation).toBeUndefined();
  },
);
