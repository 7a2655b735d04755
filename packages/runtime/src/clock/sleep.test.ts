import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { SimulatedClock } from "./simulated-clock.ts";
import { sleep } from "./sleep.ts";

test("wakes when the time is over", async () => {
  const clock = new SimulatedClock();
  let isAwake = false;
  const sleeping = sleep(clock, 10).then(() => {
    isAwake = true;
  });
  clock.advance(9);
  await nextTurn();
  expect(isAwake).toBe(false);
  clock.advance(1);
  await sleeping;
});

test("is woken by its signal, and leaves no timer behind", async () => {
  const clock = new SimulatedClock();
  const waking = new AbortController();
  const sleeping = sleep(clock, 10, waking.signal);
  expect(clock.timers).toBe(1);
  waking.abort();
  await sleeping;
  expect([clock.timers, clock.monotonicMs()]).toEqual([0, 0]);
});

test("does not begin when the signal was aborted before", async () => {
  const clock = new SimulatedClock();
  await sleep(clock, 10, AbortSignal.abort());
  expect(clock.timers).toBe(0);
});
