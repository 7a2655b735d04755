import { describe, expect, test } from "vitest";
import { SimulatedClock } from "./simulated-clock.ts";
import { VirtualClock } from "./virtual-clock.ts";

function setUp(drain: () => Promise<void> = async () => {}) {
  const base = new SimulatedClock({ startMs: 1_000_000 });
  const clock = new VirtualClock(base, { drain });
  const ran: string[] = [];
  const note = (name: string) => (): void => {
    ran.push(`${name}@${clock.monotonicMs()}`);
  };
  return { base, clock, ran, note };
}

describe("VirtualClock", () => {
  test("starts at now and runs with the clock beneath", () => {
    const { base, clock, ran, note } = setUp();
    clock.setTimer(20, note("b"));
    clock.setTimer(10, note("a"));
    base.advance(15);
    expect(clock.nowMs()).toBe(1_000_015);
    expect(ran).toEqual(["a@10"]);
    base.advance(5);
    expect(ran).toEqual(["a@10", "b@20"]);
  });

  test("advances timer by timer, in order, and drains after each instant", async () => {
    const events: string[] = [];
    const { clock, ran, note } = setUp(async () => {
      events.push(`drained with ${ran.length} run`);
    });
    clock.setTimer(3_600_000, note("retention"));
    clock.setTimer(30_000, note("lock"));
    clock.setTimer(30_000, note("session"));
    await clock.advance(3_600_000);
    expect(ran).toEqual(["lock@30000", "session@30000", "retention@3600000"]);
    expect(events).toEqual(["drained with 2 run", "drained with 3 run", "drained with 3 run"]);
    expect(clock.nowMs()).toBe(1_000_000 + 3_600_000);
  });

  test("what a drain arms has its turn within the same advance", async () => {
    const { clock, ran, note } = setUp(async () => {
      if (ran.length === 1) clock.setTimer(5, note("after the drain"));
    });
    clock.setTimer(10, note("first"));
    await clock.advance(20);
    expect(ran).toEqual(["first@10", "after the drain@15"]);
  });

  test("a timer armed for now by a callback waits for a drain", async () => {
    let drains = 0;
    const { clock, ran } = setUp(async () => {
      drains += 1;
    });
    clock.setTimer(10, () => {
      ran.push(`first after ${drains}`);
      clock.setTimer(0, () => ran.push(`second after ${drains}`));
    });
    await clock.advance(10);
    expect(ran).toEqual(["first after 0", "second after 1"]);
  });

  test("stands while paused, also within an advance, which still moves it", async () => {
    const { base, clock, ran, note } = setUp();
    clock.pause();
    clock.setTimer(10, note("a"));
    base.advance(1_000);
    expect(clock.nowMs()).toBe(1_000_000);
    await clock.advance(4);
    expect(clock.nowMs()).toBe(1_000_004);
    base.advance(1_000);
    expect([clock.monotonicMs(), ran]).toEqual([4, []]);
    clock.resume();
    base.advance(6);
    expect(ran).toEqual(["a@10"]);
  });

  test("goes on with real time after an advance", async () => {
    const { base, clock, ran, note } = setUp();
    clock.setTimer(60_010, note("a"));
    const advanced = clock.advance(60_000);
    expect(clock.advancing).toBe(true);
    await advanced;
    expect(clock.advancing).toBe(false);
    base.advance(10);
    expect(ran).toEqual(["a@60010"]);
  });

  test("advances asked for together follow each other", async () => {
    const { clock, ran, note } = setUp();
    clock.setTimer(15, note("a"));
    await Promise.all([clock.advance(10), clock.advance(10)]);
    expect(ran).toEqual(["a@15"]);
    expect(clock.monotonicMs()).toBe(20);
  });

  test("fractions of a millisecond do not keep a timer from its time", () => {
    const { base, clock } = setUp();
    let ran = 0;
    for (let i = 0; i < 1_000; i += 1) {
      base.advance(0.1 + i / 7);
      clock.setTimer(i / 3, () => {
        ran += 1;
      });
    }
    base.advance(1_000);
    expect(ran).toBe(1_000);
  });

  test("arms one timer beneath however many it has, and none for cancelled ones for long", () => {
    const { base, clock } = setUp();
    const timers = Array.from({ length: 100 }, (_, i) => clock.setTimer(100 - i, () => {}));
    expect(base.timers).toBe(1);
    for (const timer of timers) timer.cancel();
    base.advance(1);
    expect(base.timers).toBe(0);
  });

  test("hands on what callbacks throw, and runs the others", async () => {
    const base = new SimulatedClock();
    const errors: unknown[] = [];
    const clock = new VirtualClock(base, { drain: async () => {}, onError: (error) => errors.push(error) });
    let ran = 0;
    for (const delayMs of [1, 1, 2]) {
      clock.setTimer(delayMs, () => {
        ran += 1;
        throw new Error(`callback ${ran}`);
      });
    }
    await clock.advance(2);
    expect(errors).toMatchObject([
      { message: "callback 1" },
      { message: "callback 2" },
      { message: "callback 3" },
    ]);
  });

  test("an advance fails with what a callback throws when nobody else takes it, and the next one works", async () => {
    const { clock } = setUp();
    clock.setTimer(1, () => {
      throw new Error("broken");
    });
    await expect(clock.advance(1)).rejects.toThrow("broken");
    await clock.advance(1);
    expect(clock.monotonicMs()).toBe(2);
  });
});
