import { assert } from "../assert.ts";
import type { Clock, Timer } from "./clock.ts";
import { TimerQueue } from "./timer-queue.ts";

export interface VirtualClockOptions {
  /**
   * Resolves when what a timer set off has come to rest, as far as that can be known: some turns of the event
   * loop in a real process. Awaited after each instant of an advance at which timers ran.
   */
  readonly drain: () => Promise<void>;
  /** What a callback throws goes here; left out, an advance rejects with it, and outside of one it is uncaught. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Domain time of an embedded node: starts at now and runs with the clock beneath it, until a test pauses it or
 * moves it on. It never goes back.
 */
export class VirtualClock implements Clock {
  readonly #base: Clock;
  readonly #options: VirtualClockOptions;
  readonly #timers = new TimerQueue();
  readonly #startMs: number;
  /** Time that passed up to the last change of pace. */
  #elapsedMs = 0;
  /** When it began to run with the base; undefined while it stands. */
  #runningSinceMs: number | undefined;
  #paused = false;
  #wakeUp: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #advances: Promise<void> = Promise.resolve();
  #advancing = 0;

  constructor(base: Clock, options: VirtualClockOptions) {
    this.#base = base;
    this.#options = options;
    this.#startMs = base.nowMs();
    this.#runningSinceMs = base.monotonicMs();
  }

  nowMs(): number {
    return Math.floor(this.#startMs + this.monotonicMs());
  }

  monotonicMs(): number {
    if (this.#runningSinceMs === undefined) return this.#elapsedMs;
    return this.#elapsedMs + this.#base.monotonicMs() - this.#runningSinceMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    assert(delayMs >= 0, "timer in the past");
    const timer = this.#timers.add(this.monotonicMs() + delayMs, callback);
    this.#armWakeUp();
    return timer;
  }

  /** True while time is being moved on: real sockets have had no chance to keep their sessions alive. */
  get advancing(): boolean {
    return this.#advancing > 0;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Time stands, and no timer runs, until `resume` or `advance`. */
  pause(): void {
    this.#paused = true;
    this.#stand();
  }

  resume(): void {
    this.#paused = false;
    if (!this.advancing) this.#run();
  }

  /**
   * Moves on by `ms`, stopping at every instant at which a timer is due, with a drain after each. Time stands
   * meanwhile, and afterwards goes on as it did. Advances asked for together follow each other.
   */
  advance(ms: number): Promise<void> {
    assert(ms >= 0, "time does not go back");
    this.#advancing += 1;
    const advance = this.#advances.then(async () => {
      this.#stand();
      try {
        await this.#moveTo(this.#elapsedMs + ms);
      } finally {
        this.#advancing -= 1;
        if (!this.advancing && !this.#paused) this.#run();
      }
    });
    this.#advances = advance.catch(() => {});
    return advance;
  }

  async #moveTo(targetMs: number): Promise<void> {
    for (;;) {
      const dueMs = this.#timers.nextDueMs;
      if (dueMs === undefined || dueMs > targetMs) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, dueMs);
      this.#runDue(this.#elapsedMs);
      await this.#options.drain();
    }
    this.#elapsedMs = targetMs;
    await this.#options.drain();
  }

  /** Those that were due then and no others: one that a callback arms for now has its own turn, after a drain. */
  #runDue(untilMs: number): void {
    let left = this.#timers.size;
    while (left > 0 && (this.#timers.nextDueMs ?? Number.POSITIVE_INFINITY) <= untilMs) {
      left -= 1;
      this.#call(this.#timers.take());
    }
  }

  #call(callback: (() => void) | undefined): void {
    try {
      callback?.();
    } catch (error) {
      if (this.#options.onError === undefined) throw error;
      this.#options.onError(error);
    }
  }

  #stand(): void {
    this.#elapsedMs = this.monotonicMs();
    this.#runningSinceMs = undefined;
    this.#wakeUp?.timer.cancel();
    this.#wakeUp = undefined;
  }

  #run(): void {
    this.#runningSinceMs ??= this.#base.monotonicMs();
    this.#armWakeUp();
  }

  /** One timer of the base stands for the earliest of ours. */
  #armWakeUp(): void {
    const dueMs = this.#timers.nextDueMs;
    if (this.#runningSinceMs === undefined || dueMs === undefined) return;
    if (this.#wakeUp !== undefined && this.#wakeUp.dueMs <= dueMs) return;
    this.#wakeUp?.timer.cancel();
    const timer = this.#base.setTimer(Math.max(0, dueMs - this.monotonicMs()), () => {
      this.#wakeUp = undefined;
      try {
        this.#runDue(Math.max(dueMs, this.monotonicMs())); // rounding may put now a hair before it
      } finally {
        this.#armWakeUp();
      }
    });
    this.#wakeUp = { timer, dueMs };
  }
}
