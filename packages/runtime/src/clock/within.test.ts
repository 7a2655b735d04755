import { expect, test } from "vitest";
import { SimulatedClock } from "./simulated-clock.ts";
import { within } from "./within.ts";

test("is what the promise becomes, and leaves no timer behind", async () => {
  const clock = new SimulatedClock();
  const slow = Promise.withResolvers<string>();
  const outcome = within(clock, 10, slow.promise);
  clock.advance(9);
  slow.resolve("just in time");
  expect(await outcome).toBe("just in time");
  await expect(within(clock, 10, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(clock.timers).toBe(0);
});

test("is undefined when that takes too long, and nobody minds how it ends then", async () => {
  const clock = new SimulatedClock();
  const slow = Promise.withResolvers<string>();
  const outcome = within(clock, 10, slow.promise);
  clock.advance(10);
  expect(await outcome).toBeUndefined();
  slow.reject(new Error("nobody listens"));
});
