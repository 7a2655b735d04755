import { SeededRandom } from "@millrace/runtime";
import { expect, test } from "vitest";
import { faultNames } from "../nemesis/fault-names.ts";
import { drawPlan } from "./quorum-plan.ts";

const plans = Array.from({ length: 200 }, (_, seed) => drawPlan(new SeededRandom(seed)));

test("the same seed draws the same plan", () => {
  expect(drawPlan(new SeededRandom(7))).toEqual(drawPlan(new SeededRandom(7)));
});

test("every fault is in about half of the plans, at different rates", () => {
  for (const name of faultNames) {
    const rates = plans.map(({ faults }) => faults[name]).filter((rate) => rate !== undefined);
    expect(rates.length).toBeGreaterThan(60);
    expect(rates.length).toBeLessThan(140);
    expect(new Set(rates).size).toBeGreaterThan(40);
  }
});

test("quorums of every size are drawn", () => {
  expect([...new Set(plans.map(({ voters }) => voters))].sort()).toEqual([1, 2, 3, 4, 5]);
});
