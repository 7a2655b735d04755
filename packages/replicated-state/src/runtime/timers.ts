import type { Clock, Timer } from "@millrace/runtime";
import type { Decide, TimerChange } from "./decision.ts";

/** The timers of a leader. They are not part of the state: a new leader arms its own. */
export class Timers<State, LogRecord> {
  readonly #clock: Clock;
  readonly #onFired: (decide: Decide<State, LogRecord, void>) => void;
  readonly #armed = new Map<string, Timer>();

  constructor(clock: Clock, onFired: (decide: Decide<State, LogRecord, void>) => void) {
    this.#clock = clock;
    this.#onFired = onFired;
  }

  change(change: TimerChange<State, LogRecord>): void {
    const { key } = change;
    this.#armed.get(key)?.cancel();
    this.#armed.delete(key);
    if ("cancel" in change) return;
    const timer = this.#clock.setTimer(change.delayMs, () => {
      this.#armed.delete(key);
      this.#onFired(change.decide);
    });
    this.#armed.set(key, timer);
  }

  cancelAll(): void {
    for (const timer of this.#armed.values()) timer.cancel();
    this.#armed.clear();
  }
}
