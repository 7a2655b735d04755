import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteBudget } from "./byte-budget.ts";

describe("ByteBudget", () => {
  test("takes up to its limit and not a byte more", () => {
    const budget = new ByteBudget(10);
    expect(budget.tryTake(10)).toBe(true);
    expect(budget.tryTake(1)).toBe(false);
    budget.give(1);
    expect(budget.tryTake(1)).toBe(true);
    expect(budget.usedBytes).toBe(10);
  });

  test("refuses to get back more than was taken", () => {
    const budget = new ByteBudget(10);
    budget.tryTake(3);
    expect(() => budget.give(4)).toThrow("gave back more than was taken");
  });

  test("serves those who wait in their order, and lets nobody overtake", () => {
    const budget = new ByteBudget(10);
    const served: string[] = [];
    budget.tryTake(10);
    budget.whenRoom(8, () => served.push("large"));
    budget.whenRoom(1, () => served.push("small"));
    budget.give(5);
    expect(budget.tryTake(1)).toBe(false);
    expect(served).toEqual([]);
    budget.give(4);
    expect(served).toEqual(["large", "small"]);
    expect(budget.usedBytes).toBe(10);
    expect(budget.waiting).toBe(0);
  });

  test("whenRoom runs at once when there is room", () => {
    const budget = new ByteBudget(10);
    let ran = false;
    budget.whenRoom(10, () => {
      ran = true;
    });
    expect(ran).toBe(true);
  });

  test("lets those behind go when the first stops waiting", () => {
    const budget = new ByteBudget(10);
    const served: string[] = [];
    budget.tryTake(9);
    const stop = budget.whenRoom(5, () => served.push("first"));
    budget.whenRoom(1, () => served.push("second"));
    stop();
    stop();
    expect(served).toEqual(["second"]);
  });

  test("a callback may give back what it got", () => {
    const budget = new ByteBudget(1);
    const served: number[] = [];
    budget.tryTake(1);
    for (const id of [1, 2, 3]) {
      budget.whenRoom(1, () => {
        served.push(id);
        budget.give(1);
      });
    }
    budget.give(1);
    expect(served).toEqual([1, 2, 3]);
    expect(budget.usedBytes).toBe(0);
  });

  test("a frame that may finish goes over the limit, and holds up everybody else", () => {
    const budget = new ByteBudget(10);
    budget.takeOverLimit(15);
    budget.give(5);
    expect(budget.tryTake(1)).toBe(false);
    budget.give(1);
    expect(budget.tryTake(1)).toBe(true);
  });

  test("whatever happens, the bytes held stay within the limit and nobody who fits is kept waiting", () => {
    const amounts = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant("give" as const)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(amounts, (steps) => {
        const budget = new ByteBudget(20);
        const held: number[] = [];
        const waiting: number[] = [];
        for (const step of steps) {
          if (step === "give") {
            const bytes = held.shift();
            if (bytes !== undefined) budget.give(bytes);
          } else {
            waiting.push(step);
            budget.whenRoom(step, () => {
              expect(waiting.shift()).toBe(step); // first come, first served
              held.push(step);
            });
          }
          const used = held.reduce((sum, bytes) => sum + bytes, 0);
          expect(budget.usedBytes).toBe(used);
          expect(used).toBeLessThanOrEqual(20);
          expect(budget.waiting).toBe(waiting.length);
          if (waiting[0] !== undefined) expect(used + waiting[0]).toBeGreaterThan(20);
        }
      }),
    );
  });
});
