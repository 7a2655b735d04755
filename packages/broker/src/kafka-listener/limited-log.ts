import type { Clock, LogFields, Logger } from "@millrace/runtime";

const WINDOW_MS = 10_000;
const LINES_PER_WINDOW = 20;

/** Log lines that a stranger can cause: some in every ten seconds, and then how many more there were. */
export class LimitedLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  warn(fields: LogFields, message: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= WINDOW_MS) {
      const suppressed = this.#lines - LINES_PER_WINDOW;
      if (suppressed > 0) this.#logger.warn({ suppressed }, "log lines about connections left out");
      this.#windowStartMs = nowMs;
      this.#lines = 0;
    }
    if (++this.#lines <= LINES_PER_WINDOW) this.#logger.warn(fields, message);
  }
}
