import { SimulatedClock } from "@millrace/runtime";
import { expect, test } from "vitest";
import { ProcessClock } from "./process-clock.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { SkewedClock } from "./skewed-clock.ts";

function setup() {
  const world = new SimulatedClock({ startMs: 1_000 });
  const machine = new SkewedClock(world);
  const process = new SimulatedProcess("n1", (event) => world.setTimer(0, event));
  return { world, machine, process, clock: new ProcessClock(world, machine, process) };
}

test("a fast machine's timers come early, a slow one's late", () => {
  const { world, machine, clock } = setup();
  const fired: string[] = [];
  machine.setRate(2);
  clock.setTimer(100, () => fired.push(`fast at ${world.monotonicMs()}`));
  machine.setRate(0.5);
  clock.setTimer(100, () => fired.push(`slow at ${world.monotonicMs()}`));
  world.advance(1_000);
  expect(fired).toEqual(["fast at 50", "slow at 200"]);
});

test("own time goes on from where it was when the rate changes", () => {
  const { world, machine, clock } = setup();
  world.advance(10);
  machine.setRate(3);
  world.advance(10);
  machine.setRate(1);
  world.advance(10);
  expect(clock.monotonicMs()).toBe(50);
});

test("setting the wall clock leaves durations alone", () => {
  const { clock, machine } = setup();
  machine.stepWallTime(-500);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([500, 0]);
});

test("a timer that is cancelled while its process is stalled never fires", () => {
  const { world, process, clock } = setup();
  const fired: string[] = [];
  const cancelled = clock.setTimer(1, () => fired.push("cancelled"));
  clock.setTimer(1, () => fired.push("kept"));
  process.stall();
  world.advance(5);
  expect(fired).toEqual([]);
  cancelled.cancel();
  process.resume();
  world.advance(5);
  expect(fired).toEqual(["kept"]);
});

test("a timer for what rounding left of a deadline comes later, not at the same moment", () => {
  const { world, clock } = setup();
  world.advance(1_000_000);
  let fired = 0;
  clock.setTimer(1e-12, () => fired++);
  world.advance(0);
  expect(fired).toBe(0);
  world.advance(1);
  expect(fired).toBe(1);
});
