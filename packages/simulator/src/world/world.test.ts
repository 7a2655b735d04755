import { expect, test } from "vitest";
import { Violation } from "./violation.ts";
import { World } from "./world.ts";

test("what an event sets off is through before the next event, at the same time too", async () => {
  const world = new World({ seed: 1 });
  const order: string[] = [];
  for (const name of ["a", "b"]) {
    world.after(5, async () => {
      for (let i = 0; i < 50; i += 1) await undefined;
      order.push(`${name} at ${world.nowMs}`);
    });
  }
  world.afterEach(() => order.push("check"));
  await world.run();
  expect(order).toEqual(["a at 5", "check", "b at 5", "check"]);
  expect(world.events).toBe(2);
});

test("runs until a time, a condition, or the end of events", async () => {
  const world = new World({ seed: 1 });
  const ran: number[] = [];
  for (const ms of [1, 2, 3, 4]) world.after(ms, () => ran.push(ms));
  await world.run({ untilMs: 2 });
  expect(ran).toEqual([1, 2]);
  await world.run({ isDone: () => ran.includes(3) });
  expect(ran).toEqual([1, 2, 3]);
  await world.run();
  expect(ran).toEqual([1, 2, 3, 4]);
});

test("the first violation ends the run, wherever it was found", async () => {
  const world = new World({ seed: 1 });
  world.after(1, () => world.violate(new Violation("one", "first")));
  world.after(1, () => world.violate(new Violation("two", "second")));
  await expect(world.run()).rejects.toThrow("one: first");
  expect(world.events).toBe(1);

  const other = new World({ seed: 1 });
  other.after(1, () => {});
  other.afterEach(() => {
    throw new Violation("three", "after the event");
  });
  await expect(other.run()).rejects.toThrow("three: after the event");
});
