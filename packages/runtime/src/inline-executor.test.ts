import { expect, test } from "vitest";
import { InlineExecutor } from "./inline-executor.ts";

function* count(upTo: number, onStep: (step: number) => void): Generator<void, number> {
  for (let step = 1; step <= upTo; step += 1) {
    onStep(step);
    yield;
  }
  return upTo;
}

test("runs a task to its end at once", async () => {
  const steps: number[] = [];
  const result = new InlineExecutor().run(count(3, (step) => steps.push(step)));
  expect(steps).toEqual([1, 2, 3]);
  expect(await result).toBe(3);
});

test("rejects with what the task throws", async () => {
  const failing = new InlineExecutor().run(
    count(3, () => {
      throw new Error("broken");
    }),
  );
  await expect(failing).rejects.toThrow("broken");
});

test("stops between two slices when aborted", async () => {
  const controller = new AbortController();
  const steps: number[] = [];
  const task = new InlineExecutor().run(
    count(5, (step) => {
      steps.push(step);
      if (step === 2) controller.abort(new Error("enough"));
    }),
    { signal: controller.signal },
  );
  await expect(task).rejects.toThrow("enough");
  expect(steps).toEqual([1, 2]);
});

test("what is put off runs after the turn, once, in order; what that puts off, after the next", async () => {
  const flushes: (() => void)[] = [];
  const executor = new InlineExecutor((flush) => flushes.push(flush));
  const ran: string[] = [];
  executor.afterTurn(() => {
    ran.push("a");
    executor.afterTurn(() => ran.push("c"));
  });
  executor.afterTurn(() => ran.push("b"));
  expect(ran).toEqual([]);
  flushes.shift()?.();
  expect(ran).toEqual(["a", "b"]);
  flushes.shift()?.();
  expect(ran).toEqual(["a", "b", "c"]);
  expect(flushes).toEqual([]);
});
