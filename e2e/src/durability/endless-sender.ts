/** Sends one group of records after the other until it is stopped, and keeps what was acknowledged. */
export class EndlessSender {
  /** Offset of each value that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  readonly #done: Promise<void>;
  #stopped = false;

  /** `send` resolves with the offset of the first value. What it rejects with is not acknowledged, and no reason to end. */
  constructor(send: (values: readonly string[]) => Promise<number>, groupSize: number) {
    this.#done = this.#run(send, groupSize);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(send: (values: readonly string[]) => Promise<number>, groupSize: number): Promise<void> {
    for (let next = 0; !this.#stopped; next += groupSize) {
      const values = Array.from({ length: groupSize }, (_, at) => `value ${next + at}`);
      const base = await send(values).catch(() => undefined);
      if (base === undefined) continue;
      for (const [at, value] of values.entries()) this.acknowledged.set(value, base + at);
    }
  }
}
