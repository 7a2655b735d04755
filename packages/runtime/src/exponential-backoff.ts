import type { Random } from "./random.ts";

export interface ExponentialBackoffOptions {
  /** After the first failure in a row; then twice as much each time, up to `backoffMsMax`. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  readonly random: Random;
}

/**
 * How long to wait before the next attempt. Half of it is chance ("equal jitter"), so that peers which failed together do
 * not all come back at once.
 */
export class ExponentialBackoff {
  readonly #options: ExponentialBackoffOptions;
  #nextMs: number;

  constructor(options: ExponentialBackoffOptions) {
    this.#options = options;
    this.#nextMs = options.backoffMs;
  }

  /** After an attempt that failed. */
  nextMs(): number {
    const { backoffMsMax, random } = this.#options;
    const longestMs = Math.min(this.#nextMs, backoffMsMax);
    this.#nextMs = 2 * longestMs;
    return longestMs * (0.5 + 0.5 * random.fraction());
  }

  /** After one that went well. */
  reset(): void {
    this.#nextMs = this.#options.backoffMs;
  }
}
