type State = "running" | "stalled" | "ended";

/**
 * The life of one node's process: whatever reaches it from outside (a timer, a message, the end of a disk operation)
 * comes in here. Stalled, it takes nothing in until it goes on; ended, nothing ever again. What it had begun to await
 * then never happens, as with a process that was killed.
 */
export class SimulatedProcess {
  readonly name: string;
  /** Runs what had to wait, each as an event of its own. */
  readonly #later: (event: () => void) => void;
  #state: State = "running";
  #waiting: (() => void)[] = [];
  readonly #onEnd = new Set<() => void>();

  constructor(name: string, later: (event: () => void) => void) {
    this.name = name;
    this.#later = later;
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  enter(event: () => void): void {
    if (this.#state === "running") event();
    else if (this.#state === "stalled") this.#waiting.push(event);
  }

  stall(): void {
    if (this.#state === "running") this.#state = "stalled";
  }

  /** Goes on with everything that came meanwhile, in order. */
  resume(): void {
    if (this.#state !== "stalled") return;
    this.#state = "running";
    for (const event of this.#waiting.splice(0)) this.#later(() => this.enter(event));
  }

  end(): void {
    this.#state = "ended";
    this.#waiting = [];
    for (const listener of this.#onEnd) listener();
    this.#onEnd.clear();
  }

  /** Called outside of the process, when it ends. Returns the function that takes it off again. */
  onEnd(listener: () => void): () => void {
    this.#onEnd.add(listener);
    return () => this.#onEnd.delete(listener);
  }
}
