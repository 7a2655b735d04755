import type { Executor } from "@millrace/runtime";

const sliceMs = 8;

interface Task {
  /** Goes on until it is done or `untilMs` has come; true when it is done. */
  runSlice(untilMs: number): boolean;
}

/**
 * Long computation in slices of 8 ms, one slice a turn of the event loop however many tasks there are; they take
 * turns.
 */
export class NodeExecutor implements Executor {
  readonly #onError: (error: unknown) => void;
  readonly #tasks: Task[] = [];
  #afterTurn: (() => void)[] = [];

  /** `onError` gets what a callback of `afterTurn` throws. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  run<T>(generator: Generator<void, T>, options?: { readonly signal?: AbortSignal }): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#tasks.push({
        runSlice: (untilMs) => runSlice(generator, options?.signal, untilMs, resolve, reject),
      });
      if (this.#tasks.length === 1) setImmediate(this.#runTasks);
    });
  }

  afterTurn(callback: () => void): void {
    this.#afterTurn.push(callback);
    if (this.#afterTurn.length === 1) setImmediate(this.#runAfterTurn);
  }

  readonly #runTasks = (): void => {
    const untilMs = performance.now() + sliceMs;
    do {
      const task = this.#tasks.shift();
      if (task !== undefined && !task.runSlice(untilMs)) this.#tasks.push(task);
    } while (this.#tasks.length > 0 && performance.now() < untilMs);
    if (this.#tasks.length > 0) setImmediate(this.#runTasks);
  };

  readonly #runAfterTurn = (): void => {
    const callbacks = this.#afterTurn;
    this.#afterTurn = []; // what they put off runs after the next turn
    for (const callback of callbacks) {
      try {
        callback();
      } catch (error) {
        this.#onError(error);
      }
    }
  };
}

function runSlice<T>(
  generator: Generator<void, T>,
  signal: AbortSignal | undefined,
  untilMs: number,
  resolve: (result: T) => void,
  reject: (error: unknown) => void,
): boolean {
  try {
    do {
      if (signal?.aborted) {
        generator.return(undefined as T); // its `finally` blocks run; the value is dropped
        throw signal.reason;
      }
      const step = generator.next();
      if (step.done) {
        resolve(step.value);
        return true;
      }
    } while (performance.now() < untilMs);
    return false;
  } catch (error) {
    reject(error);
    return true;
  }
}
