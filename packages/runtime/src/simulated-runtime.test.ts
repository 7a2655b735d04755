import { expect, test } from "vitest";
import { createSimulatedRuntime } from "./simulated-runtime.ts";

test("two runtimes of one seed behave alike", () => {
  const [one, other] = [createSimulatedRuntime({ seed: 9 }), createSimulatedRuntime({ seed: 9 })];
  expect(one.random.fraction()).toBe(other.random.fraction());
  expect(one.clocks.domain.nowMs()).toBe(other.clocks.domain.nowMs());
});

test("both times of a node move together, and failures are kept", () => {
  const runtime = createSimulatedRuntime();
  let ran = false;
  runtime.clocks.liveness.setTimer(5, () => {
    ran = true;
  });
  runtime.clock.advance(5);
  expect(ran).toBe(true);
  runtime.fail("bug");
  expect(runtime.failures).toEqual(["bug"]);
});
