import { expect, test, vi } from "vitest";
import { Transcript } from "../world/transcript.ts";
import { simulateQuorum } from "./simulate-quorum.ts";

// Only work, no waiting: however long that takes on a busy machine.
vi.setConfig({ testTimeout: 900_000 });

// A seed takes a third of a second. `npm run simulate` runs as many as wanted.
const firsts = Array.from({ length: 20 }, (_, i) => i * 10 + 1);

test.each(firsts)(
  "ten seeds from %i on: nothing is lost, forked or made up, and the quorum gets well",
  async (first) => {
    for (let seed = first; seed < first + 10; seed += 1) {
      const { violation, events, committed, answered } = await simulateQuorum({ seed });
      expect(violation, `seed ${seed}`).toBeUndefined();
      expect(events).toBeGreaterThanOrEqual(20_000);
      expect(committed).toBeGreaterThan(0);
      expect(answered).toBeGreaterThan(0);
    }
  },
);

test("the same seed gives the same transcript, another one another", async () => {
  const run = async (seed: number): Promise<readonly string[]> => {
    const transcript = new Transcript({ keep: true });
    await simulateQuorum({ seed, events: 5_000, transcript });
    return transcript.lines;
  };
  for (const seed of [11, 12, 13, 14, 15]) {
    const [first, second] = [await run(seed), await run(seed)];
    expect(first.length).toBeGreaterThan(1_000);
    expect(second).toEqual(first);
    expect(await run(seed + 100)).not.toEqual(first);
  }
});

test("a transcript is the same when nobody keeps it", async () => {
  const kept = await simulateQuorum({ seed: 7, events: 3_000, transcript: new Transcript({ keep: true }) });
  const { transcriptHash } = await simulateQuorum({ seed: 7, events: 3_000 });
  expect(transcriptHash).toBe(kept.transcriptHash);
});
