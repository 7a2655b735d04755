import type { Random } from "@millrace/runtime";

export interface ReconnectLimits {
  /** After the first failure in a row; then twice as much each time, up to `reconnectMsMax`. */
  readonly reconnectMs: number;
  readonly reconnectMsMax: number;
}

/** How long to wait before the next attempt to connect. */
export class ReconnectDelay {
  readonly #limits: ReconnectLimits;
  readonly #random: Random;
  #failures = 0;

  constructor(limits: ReconnectLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
  }

  /**
   * After a connection that stood for `upMs`, which is 0 for one that never did. One that stood for longer than the
   * first pause is tried again at once, however often it failed before: whether the peer still listens is what its
   * voters want to know, also of one that has just come back and become the leader.
   */
  next(upMs: number): number {
    const { reconnectMs, reconnectMsMax } = this.#limits;
    if (upMs >= reconnectMs) {
      this.#failures = 0;
      return 0;
    }
    const delayMs = Math.min(reconnectMsMax, reconnectMs * 2 ** Math.min(this.#failures++, 30));
    // Half of it is chance, so that the peers of a node that comes back do not all come at once.
    return delayMs * (0.5 + 0.5 * this.#random.fraction());
  }
}
