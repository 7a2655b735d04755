import type { Clock, Timer } from "@millrace/runtime";

/** Calls back every `intervalMs` while it runs. */
export class Ticker {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #onTick: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, intervalMs: number, onTick: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#onTick = onTick;
  }

  run(wanted: boolean): void {
    if (!wanted) this.stop();
    else if (this.#timer === undefined) this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(this.#intervalMs, () => {
      this.#arm();
      this.#onTick();
    });
  }
}
