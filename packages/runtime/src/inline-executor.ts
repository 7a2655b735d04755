import type { Executor } from "./executor.ts";

/** Runs everything at once, in a fixed order: for simulations, where a turn of the event loop costs no time. */
export class InlineExecutor implements Executor {
  readonly #defer: (flush: () => void) => void;
  #afterTurn: (() => void)[] = [];

  /** `defer` runs what it is given when the current event has been handled; a microtask unless told otherwise. */
  constructor(defer: (flush: () => void) => void = queueMicrotask) {
    this.#defer = defer;
  }

  async run<T>(task: Generator<void, T>, options?: { readonly signal?: AbortSignal }): Promise<T> {
    for (;;) {
      if (options?.signal?.aborted) {
        task.return(undefined as T); // its `finally` blocks run; the value is dropped
        throw options.signal.reason;
      }
      const step = task.next();
      if (step.done) return step.value;
    }
  }

  afterTurn(callback: () => void): void {
    this.#afterTurn.push(callback);
    if (this.#afterTurn.length > 1) return;
    this.#defer(() => {
      const callbacks = this.#afterTurn;
      this.#afterTurn = [];
      for (const run of callbacks) run();
    });
  }
}
