import type { Clock, SimulatedClock, Timer } from "@millrace/runtime";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { SkewedClock } from "./skewed-clock.ts";

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
    const timer = this.#world.setTimer(this.#machine.trueDelay(delayMs), () => {
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
