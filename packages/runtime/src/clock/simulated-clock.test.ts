import { describe, expect, test } from "vitest";
import { SimulatedClock } from "./simulated-clock.ts";

describe("SimulatedClock", () => {
  test("stands still until it is advanced", () => {
    const clock = new SimulatedClock({ startMs: 1_000 });
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_000, 0]);
    clock.advance(2.5);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_002, 2.5]);
  });

  test("runs timers at their times, in order, with those that they arm", () => {
    const clock = new SimulatedClock({ startMs: 0 });
    const ran: string[] = [];
    clock.setTimer(20, () => ran.push(`second at ${clock.nowMs()}`));
    clock.setTimer(10, () => {
      ran.push(`first at ${clock.nowMs()}`);
      clock.setTimer(5, () => ran.push(`armed at ${clock.nowMs()}`));
      clock.setTimer(0, () => ran.push(`at once at ${clock.nowMs()}`));
    });
    clock.setTimer(21, () => ran.push("too early"));
    clock.advance(20);
    expect(ran).toEqual(["first at 10", "at once at 10", "armed at 15", "second at 20"]);
    expect(clock.timers).toBe(1);
  });

  test("never runs a cancelled timer, nor any inside setTimer", () => {
    const clock = new SimulatedClock();
    let ran = 0;
    clock.setTimer(0, () => {
      ran += 1;
    });
    const cancelled = clock.setTimer(0, () => {
      ran += 100;
    });
    expect(ran).toBe(0);
    cancelled.cancel();
    cancelled.cancel();
    clock.advance(0);
    expect(ran).toBe(1);
  });

  test("runs one timer at a time for the simulator", () => {
    const clock = new SimulatedClock();
    expect(clock.runNext()).toBe(false);
    clock.setTimer(7, () => {});
    expect(clock.nextTimerMs).toBe(7);
    expect(clock.runNext()).toBe(true);
    expect(clock.monotonicMs()).toBe(7);
  });

  test("wall time may jump back; durations do not notice", () => {
    const clock = new SimulatedClock({ startMs: 1_000 });
    clock.stepWallTime(-300);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([700, 0]);
  });
});
