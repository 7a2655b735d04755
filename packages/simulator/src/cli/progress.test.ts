import { SeededRandom } from "@millrace/runtime";
import { expect, test } from "vitest";
import { drawPlan } from "../raft/quorum-plan.ts";
import { Progress } from "./progress.ts";

test("says how much was simulated, how fast, and how much failed", () => {
  const progress = new Progress(1_000);
  const result = {
    seed: "1",
    plan: drawPlan(new SeededRandom(1)),
    events: 20_000,
    simulatedMs: 30_000,
    strikes: 3,
    committed: 500,
    answered: 600,
    transcriptHash: "",
    violation: undefined,
  };
  progress.add(result);
  progress.add({ ...result, violation: "bad" });
  progress.stuck();
  expect(progress.failed).toBe(2);
  expect(progress.line(11_000)).toBe(
    "3 seeds in 10.0 s, 18 seeds a minute, 360 simulated seconds a minute, 4,000 events/s, 1,000 entries committed, 2 failed",
  );
});
