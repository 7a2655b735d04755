import { ExponentialBackoff, type Random } from "@millrace/runtime";

export interface ReconnectLimits {
  /** After the first failure in a row; then twice as much each time, up to `reconnectMsMax`. */
  readonly reconnectMs: number;
  readonly reconnectMsMax: number;
}

/** How long to wait before the next attempt to connect. */
export class ReconnectDelay {
  readonly #limits: ReconnectLimits;
  readonly #backoff: ExponentialBackoff;

  constructor(limits: ReconnectLimits, random: Random) {
    this.#limits = limits;
    const { reconnectMs: backoffMs, reconnectMsMax: backoffMsMax } = limits;
    this.#backoff = new ExponentialBackoff({ backoffMs, backoffMsMax, random });
  }

  /**
   * After a connection that stood for `upMs`, which is 0 for one that never did. One that stood for longer than the
   * first pause is tried again at once, however often it failed before: whether the peer still listens is what its
   * voters want to know, also of one that has just come back and become the leader.
   */
  next(upMs: number): number {
    if (upMs < this.#limits.reconnectMs) return this.#backoff.nextMs();
    this.#backoff.reset();
    return 0;
  }
}
