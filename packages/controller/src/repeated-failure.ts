import type { Logger } from "@millrace/runtime";

/** Tells of something that fails again and again: the same failure in a row is a warning once. */
export class RepeatedFailure {
  readonly #logger: Logger;
  readonly #message: string;
  #told: string | undefined;

  /** `message` says what failed, and what happens next. */
  constructor(logger: Logger, message: string) {
    this.#logger = logger;
    this.#message = message;
  }

  report(error: unknown): void {
    const why = String(error);
    const level = why === this.#told ? "debug" : "warn";
    this.#told = why;
    this.#logger[level]({ error }, this.#message);
  }

  /** It went well: the next failure is news. */
  over(): void {
    this.#told = undefined;
  }
}
