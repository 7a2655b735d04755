import type { LogIndex } from "../entry.ts";

interface Waiter {
  readonly index: LogIndex;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Callers that wait until an index is applied, in the order of their indexes. */
export class Waiters {
  #waiting: Waiter[] = [];
  #failure: { readonly error: unknown } | undefined;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** `index` is at or above that of every waiter before. */
  until(index: LogIndex): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    return new Promise((resolve, reject) => this.#waiting.push({ index, resolve, reject }));
  }

  applied(index: LogIndex): void {
    for (const waiter of this.#waiting.splice(0, this.#countUpTo(index))) waiter.resolve();
  }

  /** For those who wait for what is behind `index`; the others go on waiting. */
  failBehind(index: LogIndex, error: unknown): void {
    for (const waiter of this.#waiting.splice(this.#countUpTo(index))) waiter.reject(error);
  }

  /** For whoever waits, and whoever comes later. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  #countUpTo(index: LogIndex): number {
    const end = this.#waiting.findIndex((waiter) => waiter.index > index);
    return end === -1 ? this.#waiting.length : end;
  }
}
