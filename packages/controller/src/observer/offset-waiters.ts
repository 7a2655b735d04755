interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Callers who wait until an offset has been applied. */
export class OffsetWaiters {
  readonly #waiters = new Set<Waiter>();

  /** Rejects with the signal's reason when that is aborted first. */
  until(offset: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const settle = (): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener("abort", abort);
      };
      const waiter: Waiter = {
        offset,
        resolve: () => {
          settle();
          resolve();
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      };
      const abort = (): void => waiter.reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  applied(offset: number): void {
    for (const waiter of [...this.#waiters]) if (waiter.offset <= offset) waiter.resolve();
  }

  rejectAll(reason: unknown): void {
    for (const waiter of [...this.#waiters]) waiter.reject(reason);
  }
}
