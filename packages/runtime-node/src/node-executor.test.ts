import { describe, expect, test, vi } from "vitest";
import { NodeExecutor } from "./node-executor.ts";

const neverFails = (error: unknown): void => {
  throw error;
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function* steps(count: number, onStep: (step: number) => void): Generator<void, string> {
  for (let step = 1; step <= count; step += 1) {
    onStep(step);
    yield;
  }
  return `${count} steps`;
}

/** Makes every look at the clock cost a millisecond, so that a slice is a number of steps. */
function slowClock(): void {
  let nowMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    nowMs += 1;
    return nowMs;
  });
}

describe("NodeExecutor", () => {
  test("runs a task to its end, other work going on between its slices", async () => {
    slowClock();
    const executor = new NodeExecutor(neverFails);
    let turns = 0;
    let lastStep = 0;
    let done = false;
    const running = executor.run(
      steps(50, (step) => {
        lastStep = step;
      }),
    );
    expect(lastStep).toBe(0);
    const result = running.finally(() => {
      done = true;
    });
    while (!done) {
      const before = lastStep;
      await turn();
      turns += 1;
      expect(lastStep - before).toBeLessThanOrEqual(8);
    }
    expect(await result).toBe("50 steps");
    expect(turns).toBeGreaterThan(5);
    vi.restoreAllMocks();
  });

  test("tasks take turns, and share one slice a turn", async () => {
    slowClock();
    const executor = new NodeExecutor(neverFails);
    const order: string[] = [];
    const results = Promise.all(["a", "b"].map((name) => executor.run(steps(20, () => order.push(name)))));
    await turn();
    expect(new Set(order)).toEqual(new Set(["a"]));
    await turn();
    expect(new Set(order)).toEqual(new Set(["a", "b"]));
    await results;
    vi.restoreAllMocks();
  });

  test("short tasks share a slice", async () => {
    const executor = new NodeExecutor(neverFails);
    const order: string[] = [];
    await Promise.all(["a", "b", "c"].map((name) => executor.run(steps(1, () => order.push(name)))));
    expect(order).toEqual(["a", "b", "c"]);
  });

  test("rejects with what a task throws, and goes on with the others", async () => {
    const executor = new NodeExecutor(neverFails);
    const failing = executor.run(
      steps(1, () => {
        throw new Error("broken");
      }),
    );
    const other = executor.run(steps(2, () => {}));
    await expect(failing).rejects.toThrow("broken");
    expect(await other).toBe("2 steps");
  });

  test("stops when aborted, letting the task clean up", async () => {
    const executor = new NodeExecutor(neverFails);
    const controller = new AbortController();
    let cleaned = false;
    function* endless(): Generator<void, never> {
      try {
        for (;;) yield;
      } finally {
        cleaned = true;
      }
    }
    const running = executor.run(endless(), { signal: controller.signal });
    await turn();
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(cleaned).toBe(true);
  });

  test("afterTurn batches a turn's callbacks, and survives one that throws", async () => {
    const errors: unknown[] = [];
    const executor = new NodeExecutor((error) => errors.push(error));
    const ran: string[] = [];
    executor.afterTurn(() => {
      ran.push("a");
      executor.afterTurn(() => ran.push("next turn"));
      throw new Error("broken");
    });
    executor.afterTurn(() => ran.push("b"));
    expect(ran).toEqual([]);
    await turn();
    expect(ran).toEqual(["a", "b"]);
    expect(errors).toMatchObject([{ message: "broken" }]);
    await turn();
    expect(ran).toEqual(["a", "b", "next turn"]);
  });
});
