import { SeededRandom } from "@millrace/runtime";
import { expect, test } from "vitest";
import { drawBrokerPlan } from "./broker-plan.ts";

test("a plan leaves a broker at the end, and heartbeats come well within a session", () => {
  const plans = Array.from({ length: 100 }, (_, seed) => drawBrokerPlan(new SeededRandom(seed)));
  expect(plans.every(({ brokers, lost }) => lost < brokers)).toBe(true);
  expect(plans.some(({ lost }) => lost > 0)).toBe(true);
  expect(plans.every((plan) => plan.heartbeatIntervalMs <= plan.sessionTimeoutMs / 3)).toBe(true);
});
