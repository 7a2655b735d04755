import fc from "fast-check";
import { expect, test } from "vitest";
import type { Timer } from "./clock.ts";
import { TimerQueue } from "./timer-queue.ts";

test("whatever is armed and cancelled, the rest comes out by time, then by order of arming", () => {
  const step = fc.oneof(
    fc.record({ dueMs: fc.nat(20) }),
    fc.record({ cancel: fc.nat(100) }),
    fc.constant("take" as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const queue = new TimerQueue();
      let model: { readonly dueMs: number; readonly id: number }[] = [];
      const timers: Timer[] = [];
      const ran: number[] = [];
      const takeBoth = (): void => {
        const first = model.toSorted((a, b) => a.dueMs - b.dueMs || a.id - b.id)[0];
        expect(queue.nextDueMs).toBe(first?.dueMs);
        queue.take()?.();
        expect(ran.pop()).toBe(first?.id);
        model = model.filter((entry) => entry !== first);
      };
      for (const action of steps) {
        if (action === "take") takeBoth();
        else if ("dueMs" in action) {
          const id = timers.length;
          timers.push(queue.add(action.dueMs, () => ran.push(id)));
          model.push({ dueMs: action.dueMs, id });
        } else {
          timers[action.cancel]?.cancel();
          model = model.filter(({ id }) => id !== action.cancel);
        }
        expect(queue.size).toBe(model.length);
      }
      while (model.length > 0) takeBoth();
    }),
  );
});
