import type { Clock, Timer } from "@millrace/runtime";

/** How long a feed may be behind the active controller, in milliseconds. */
const LAG_MAX_MS = 1_000;

export interface FeedLagOptions {
  /** Liveness. */
  readonly clock: Clock;
  /** Up to where the feed was applied. */
  readonly appliedOffset: () => number;
  /** It is behind for too long. */
  readonly onBehind: () => void;
}

/** Watches whether a feed keeps up with what its follower hears of the active controller. */
export class FeedLag {
  readonly #options: FeedLagOptions;
  #timer: Timer | undefined;
  /** Of a snapshot: loading a large one takes longer than a feed may be behind. */
  #isLoading = false;

  constructor(options: FeedLagOptions) {
    this.#options = options;
  }

  /** The active controller has committed up to `offset`: within a second it has to be here. */
  expect(offset: number): void {
    if (this.#timer !== undefined || this.#options.appliedOffset() >= offset) return;
    this.#timer = this.#options.clock.setTimer(LAG_MAX_MS, () => this.#due(offset));
  }

  /** A part of a snapshot arrived, not the last one. */
  loading(): void {
    this.#isLoading = true;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #due(offset: number): void {
    this.#timer = undefined;
    if (this.#options.appliedOffset() >= offset) return;
    if (!this.#isLoading) {
      this.#options.onBehind();
      return;
    }
    this.#isLoading = false;
    this.expect(offset);
  }
}
