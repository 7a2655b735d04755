import type { SimulatedClock } from "@millrace/runtime";

/** A machine's own idea of time: it runs fast or slow against true time, and its wall clock may be set. */
export class SkewedClock {
  readonly #world: SimulatedClock;
  #rate = 1;
  /** When the rate was last set, in true and in own time. */
  #sinceTrueMs: number;
  #sinceOwnMs: number;
  #wallOffsetMs = 0;

  constructor(world: SimulatedClock) {
    this.#world = world;
    this.#sinceTrueMs = world.monotonicMs();
    this.#sinceOwnMs = this.#sinceTrueMs;
  }

  get rate(): number {
    return this.#rate;
  }

  /** Own milliseconds a true one; above 0. Timers that are armed already keep their true time. */
  setRate(rate: number): void {
    this.#sinceOwnMs = this.monotonicMs();
    this.#sinceTrueMs = this.#world.monotonicMs();
    this.#rate = rate;
  }

  stepWallTime(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  nowMs(): number {
    return this.#world.nowMs() + this.#wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#sinceOwnMs + (this.#world.monotonicMs() - this.#sinceTrueMs) * this.#rate;
  }

  /** How long `ms` of its own last in true time. */
  trueDelay(ms: number): number {
    return ms / this.#rate;
  }
}
