import type { Clock, SimulatedClock, Timer } from "@millrace/runtime";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { SkewedClock } from "./skewed-clock.ts";

/**
 * A timer that is not due at once takes at least so long, in milliseconds: what is left of a deadline after rounding (a
 * skewed clock multiplies) would else come up at the same moment again and again.
 */
const delayMsMin = 0.001;

/** Time as one process sees it: its machine's, and timers that come late while it is stalled and end with it. */
export class ProcessClock implements Clock {
  readonly #world: SimulatedClock;
  readonly #machine: SkewedClock;
  readonly #process: SimulatedProcess;

  constructor(world: SimulatedClock, machine: SkewedClock, process: SimulatedProcess) {
    this.#world = world;
    this.#machine = machine;
    this.#process = process;
  }

  nowMs(): number {
    return this.#machine.nowMs();
  }

  monotonicMs(): number {
    return this.#machine.monotonicMs();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let isCancelled = false;
    const trueMs = delayMs > 0 ? Math.max(delayMsMin, this.#machine.trueDelay(delayMs)) : delayMs;
    const timer = this.#world.setTimer(trueMs, () => {
      this.#process.enter(() => {
        if (!isCancelled) callback();
      });
    });
    return {
      cancel: () => {
        isCancelled = true; // it may have fired into a stalled process
        timer.cancel();
      },
    };
  }
}
