import type { Clock, Timer } from "@millrace/runtime";

const TICK_MS = 500;
/** Together 2.5 s. */
const SILENT_TICKS_MAX = 5;

export interface FeedSilenceOptions {
  /** Liveness. */
  readonly clock: Clock;
  readonly onSilent: () => void;
}

/**
 * Notices that the source of a feed says nothing, not even its heartbeat twice a second: its process stands still, or
 * the way to it swallows everything; the connection's own keepalive takes 15 s. Time is counted in ticks, of which a stall
 * of this process is one: what came meanwhile is then still read.
 */
export class FeedSilence {
  readonly #options: FeedSilenceOptions;
  #timer: Timer | undefined;

  constructor(options: FeedSilenceOptions) {
    this.#options = options;
  }

  /** The next message is waited for. */
  start(): void {
    this.stop();
    this.#tick(1);
  }

  /** It is there, or nobody waits any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tick(ticks: number): void {
    this.#timer = this.#options.clock.setTimer(TICK_MS, () => {
      if (ticks < SILENT_TICKS_MAX) this.#tick(ticks + 1);
      else this.#options.onSilent();
    });
  }
}
