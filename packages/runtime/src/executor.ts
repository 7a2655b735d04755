/**
 * Where computation goes that must not hold up the event loop. A real process runs it in slices, a simulation
 * at once.
 */
export interface Executor {
  /**
   * Runs a generator to its end; every `yield` is a place where other work may go first. Rejects with what the
   * task throws, or with the signal's reason when that is aborted between two slices.
   */
  run<T>(task: Generator<void, T>, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /**
   * Runs `callback` when all I/O that is ready in this turn of the event loop has been handled: the place where
   * what many requests of one turn asked for becomes one system call.
   */
  afterTurn(callback: () => void): void;
}
