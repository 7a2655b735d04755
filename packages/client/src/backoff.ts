import type { Clock, Random } from "@millrace/runtime";

const MS_MIN = 20;
const MS_MAX = 1_000;

/**
 * Pauses between attempts: from 20 ms, doubled up to a second, the upper half of each left to chance, so that clients
 * which a broker lost together do not come back together.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: Random;
  #nextMs = MS_MIN;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** After an attempt that went well. */
  reset(): void {
    this.#nextMs = MS_MIN;
  }

  /** Waits once, longer every time. Rejects with the signal's reason. */
  async pause(signal?: AbortSignal): Promise<void> {
    const ms = this.#nextMs * (0.5 + this.#random.fraction() / 2);
    this.#nextMs = Math.min(this.#nextMs * 2, MS_MAX);
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(ms, resolve);
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", abort);
    }
  }
}
