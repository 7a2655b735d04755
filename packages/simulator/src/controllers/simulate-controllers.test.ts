import { expect, test, vi } from "vitest";
import { Transcript } from "../world/transcript.ts";
import { type PlantedControllerBug, plantedControllerBugs } from "./planted-controller-bugs.ts";
import { simulateControllers } from "./simulate-controllers.ts";

// Only work, no waiting: however long that takes on a busy machine.
vi.setConfig({ testTimeout: 900_000 });

const seedsMax = 10;

// `npm run simulate -- --controllers` runs as many as wanted.
test.each([1, 7, 13, 19])(
  "six seeds from %i on: nothing is lost, applied twice or seen out of order, and everybody gets well",
  async (first) => {
    for (let seed = first; seed < first + 6; seed += 1) {
      const { violation, answered } = await simulateControllers({ seed, events: 8_000 });
      expect(violation, `seed ${seed}`).toBeUndefined();
      expect(answered).toBeGreaterThan(0);
    }
  },
);

test("the same seed gives the same transcript, another one another", async () => {
  const run = async (seed: number): Promise<readonly string[]> => {
    const transcript = new Transcript({ keep: true });
    await simulateControllers({ seed, events: 5_000, transcript });
    return transcript.lines;
  };
  for (const seed of [2, 5, 8]) {
    const first = await run(seed);
    expect(first.length).toBeGreaterThan(1_000);
    expect(first.some((line) => line.includes(" is registered at "))).toBe(true);
    expect(await run(seed)).toEqual(first);
    expect(await run(seed + 100)).not.toEqual(first);
  }
});

test.each(Object.entries<PlantedControllerBug>(plantedControllerBugs))(
  `%s is found within ${seedsMax} seeds, and its seed replays`,
  async (_, planted) => {
    const options = { events: 5_000, planted };
    let seed = 1;
    let found = await simulateControllers({ ...options, seed });
    while (found.violation === undefined && seed < seedsMax) {
      seed += 1;
      found = await simulateControllers({ ...options, seed });
    }
    expect(found.violation).toBeDefined();
    const replayed = await simulateControllers({ ...options, seed });
    expect(replayed.transcriptHash).toBe(found.transcriptHash);
    // What was found is the bug: without it the seed is fine.
    const { violation } = await simulateControllers({ seed, events: 5_000 });
    expect(violation).toBeUndefined();
  },
);
