import { afterEach, describe, expect, test, vi } from "vitest";
import { createVirtualClock } from "./create-virtual-clock.ts";
import { SystemClock } from "./system-clock.ts";

const neverFails = (error: unknown): void => {
  throw error;
};

afterEach(() => vi.useRealTimers());

describe("SystemClock", () => {
  test("fires in order of what is due", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const clock = new SystemClock(neverFails);
    const fired: number[] = [];
    for (const delayMs of [9, 0, 3.5]) clock.setTimer(delayMs, () => fired.push(delayMs));
    vi.advanceTimersByTime(20);
    expect(fired).toEqual([0, 3.5, 9]);
  });

  // Not in which order: a process that is preempted between two calls makes the second one's timer due later.
  test("fires once, never early", async () => {
    const clock = new SystemClock(neverFails);
    const startedMs = clock.monotonicMs();
    const fired: number[] = [];
    await new Promise<void>((resolve) => {
      const keepAlive = setInterval(() => {}, 1_000);
      for (const delayMs of [9, 0, 3.5]) {
        clock.setTimer(delayMs, () => {
          expect(clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(delayMs);
          fired.push(delayMs);
          if (fired.length < 3) return;
          clearInterval(keepAlive);
          resolve();
        });
      }
    });
    expect(fired.toSorted((a, b) => a - b)).toEqual([0, 3.5, 9]);
  });

  test("waits longer than one timeout can", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const clock = new SystemClock(neverFails);
    let fired = false;
    clock.setTimer(2 ** 32, () => {
      fired = true;
    });
    vi.advanceTimersByTime(2 ** 32 - 1);
    expect(fired).toBe(false);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(true);
  });

  test("does not fire early when the loop was busy as the timer was armed", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const now = vi.spyOn(performance, "now");
    const clock = new SystemClock(neverFails);
    let fired = false;
    now.mockReturnValue(8); // the loop still believes in 0
    clock.setTimer(10, () => {
      fired = true;
    });
    now.mockReturnValue(17.5);
    vi.advanceTimersByTime(10);
    expect(fired).toBe(false);
    now.mockReturnValue(18);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(true);
    now.mockRestore();
  });

  test("a cancelled timer never fires", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const clock = new SystemClock(neverFails);
    const timer = clock.setTimer(2 ** 32, neverFails.bind(undefined, new Error("fired")));
    vi.advanceTimersByTime(2 ** 31);
    timer.cancel();
    timer.cancel();
    vi.advanceTimersByTime(2 ** 32);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("hands on what a callback throws", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const errors: unknown[] = [];
    new SystemClock((error) => errors.push(error)).setTimer(1, () => {
      throw new Error("broken");
    });
    vi.advanceTimersByTime(1);
    expect(errors).toMatchObject([{ message: "broken" }]);
  });

  test("tells wall time in whole milliseconds", () => {
    const clock = new SystemClock(neverFails);
    const [before, now, after] = [Date.now(), clock.nowMs(), Date.now()];
    expect(Number.isInteger(now) && before <= now && now <= after).toBe(true);
  });
});

test("a virtual clock over real time runs an hour in the order of its timers, each with its consequences", async () => {
  const clock = createVirtualClock(neverFails);
  const ran: string[] = [];
  clock.setTimer(1_800_000, () => setImmediate(() => ran.push("what the first set off")));
  clock.setTimer(3_600_000, () => ran.push("second"));
  await clock.advance(3_600_001);
  expect(ran).toEqual(["what the first set off", "second"]);
});
