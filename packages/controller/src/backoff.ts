import type { Clock, Random } from "@millrace/runtime";

export interface BackoffOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
}

/** Waits between attempts: twice as long each time up to a limit, and a random half less so that peers spread. */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** An attempt succeeded. */
  reset(): void {
    this.#attempts = 0;
  }

  /** Resolves after the delay, or at once when the signal is aborted. */
  wait(signal: AbortSignal): Promise<void> {
    const { clock, random, delayMinMs, delayMaxMs } = this.#options;
    const delayMs = Math.min(delayMaxMs, delayMinMs * 2 ** Math.min(this.#attempts++, 20));
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = clock.setTimer(delayMs * (1 - random.fraction() / 2), done);
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
