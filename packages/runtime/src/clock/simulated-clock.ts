import { assert } from "../assert.ts";
import type { Clock, Timer } from "./clock.ts";
import { TimerQueue } from "./timer-queue.ts";

/** 2026-01-01T00:00:00Z: a time that looks like one, the same in every run. */
const defaultStartMs = 1_767_225_600_000;

/** Time that passes only when told to, for tests and the simulator. */
export class SimulatedClock implements Clock {
  readonly #timers = new TimerQueue();
  #elapsedMs = 0;
  #wallStartMs: number;

  constructor(options: { readonly startMs?: number } = {}) {
    this.#wallStartMs = options.startMs ?? defaultStartMs;
  }

  nowMs(): number {
    return Math.floor(this.#wallStartMs + this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    assert(delayMs >= 0, "timer in the past");
    return this.#timers.add(this.#elapsedMs + delayMs, callback);
  }

  /** On the scale of `monotonicMs`; undefined when no timer is armed. */
  get nextTimerMs(): number | undefined {
    return this.#timers.nextDueMs;
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Moves to the next timer and runs it. False when there is none. */
  runNext(): boolean {
    const dueMs = this.#timers.nextDueMs;
    if (dueMs === undefined) return false;
    this.#elapsedMs = Math.max(this.#elapsedMs, dueMs);
    this.#timers.take()?.();
    return true;
  }

  /** Runs every timer due within `ms`, those that they arm included, each at its own time. */
  advance(ms: number): void {
    assert(ms >= 0, "time does not go back");
    const untilMs = this.#elapsedMs + ms;
    while ((this.#timers.nextDueMs ?? Number.POSITIVE_INFINITY) <= untilMs) this.runNext();
    this.#elapsedMs = Math.max(this.#elapsedMs, untilMs); // a callback may have advanced further
  }

  /** What an operator or NTP does: wall time jumps, timers and durations do not notice. */
  stepWallTime(ms: number): void {
    this.#wallStartMs += ms;
  }
}
