import { assert, type Clock, type Timer } from "@millrace/runtime";

/** The longest delay that `setTimeout` takes; with a longer one it fires at once. */
const timeoutMsMax = 2 ** 31 - 1;

export interface SystemClockOptions {
  /** For clients: a program that waits for a retry is not over. A node's timers are there for its sockets. */
  readonly keepsProcessAlive?: boolean;
}

/** The machine's own time. What a callback throws goes to `onError`, not to the process. */
export class SystemClock implements Clock {
  readonly #onError: (error: unknown) => void;
  readonly #keepsProcessAlive: boolean;

  constructor(onError: (error: unknown) => void, options: SystemClockOptions = {}) {
    this.#onError = onError;
    this.#keepsProcessAlive = options.keepsProcessAlive ?? false;
  }

  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    assert(delayMs >= 0, "timer in the past");
    return new SystemTimer(performance.now() + delayMs, callback, this.#onError, this.#keepsProcessAlive);
  }
}

class SystemTimer implements Timer {
  readonly #dueMs: number;
  readonly #callback: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #keepsProcessAlive: boolean;
  #timeout: NodeJS.Timeout;

  constructor(
    dueMs: number,
    callback: () => void,
    onError: (error: unknown) => void,
    keepsProcessAlive: boolean,
  ) {
    this.#dueMs = dueMs;
    this.#callback = callback;
    this.#onError = onError;
    this.#keepsProcessAlive = keepsProcessAlive;
    this.#timeout = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(): NodeJS.Timeout {
    const delayMs = Math.min(timeoutMsMax, Math.ceil(this.#dueMs - performance.now()));
    const timeout = setTimeout(this.#fire, delayMs);
    return this.#keepsProcessAlive ? timeout : timeout.unref();
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
