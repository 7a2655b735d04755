import { assert, type Clock, type Timer } from "@millrace/runtime";

/** The longest delay that `setTimeout` takes; with a longer one it fires at once. */
const timeoutMsMax = 2 ** 31 - 1;

/** The machine's own time. What a callback throws goes to `onError`, not to the process. */
export class SystemClock implements Clock {
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    assert(delayMs >= 0, "timer in the past");
    return new SystemTimer(performance.now() + delayMs, callback, this.#onError);
  }
}

class SystemTimer implements Timer {
  readonly #dueMs: number;
  readonly #callback: () => void;
  readonly #onError: (error: unknown) => void;
  #timeout: NodeJS.Timeout;

  constructor(dueMs: number, callback: () => void, onError: (error: unknown) => void) {
    this.#dueMs = dueMs;
    this.#callback = callback;
    this.#onError = onError;
    this.#timeout = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(): NodeJS.Timeout {
    const delayMs = Math.min(timeoutMsMax, Math.ceil(this.#dueMs - performance.now()));
    return setTimeout(this.#fire, delayMs).unref();
  }

  /** Too early when the delay was longer than one timeout, or when the loop's own idea of now was old as it began. */
  readonly #fire = (): void => {
    if (performance.now() < this.#dueMs) {
      this.#timeout = this.#arm();
      return;
    }
    try {
      this.#callback();
    } catch (error) {
      this.#onError(error);
    }
  };
}
