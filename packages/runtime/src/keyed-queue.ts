/** Runs what is asked for under one key one after the other, in order; what has different keys does not wait. */
export class KeyedQueue {
  /** The last of each key, while it runs. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Settles as `work` does; what failed before it does not matter. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const running = before.then(work, work);
    this.#last.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#last.get(key) === running) this.#last.delete(key);
    }
  }
}
