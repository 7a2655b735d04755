import { SeededRandom, SimulatedClock } from "@millrace/runtime";
import { drained } from "./drained.ts";
import { Transcript } from "./transcript.ts";
import { Violation } from "./violation.ts";

export interface WorldOptions {
  readonly seed: number | string;
  readonly transcript?: Transcript;
}

/**
 * One seed's world: its chance, its true time, and the order of everything that happens. An event is a timer of the
 * world's clock; the promises that it sets off are all through before the next one begins, so that a run depends on
 * nothing but its seed.
 */
export class World {
  readonly seed: string;
  readonly random: SeededRandom;
  readonly clock = new SimulatedClock();
  readonly transcript: Transcript;
  readonly #afterEvent: (() => void)[] = [];
  #events = 0;
  #violation: unknown;

  constructor(options: WorldOptions) {
    this.seed = String(options.seed);
    this.random = new SeededRandom(options.seed);
    this.transcript = options.transcript ?? new Transcript();
  }

  get events(): number {
    return this.#events;
  }

  /** Simulated milliseconds since the beginning. */
  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  after(delayMs: number, event: () => void): void {
    this.clock.setTimer(delayMs, event);
  }

  /** A line for the transcript, with the time in front. */
  note(text: string): void {
    this.transcript.write(`${this.nowMs.toFixed(3)} ${text}`);
  }

  /** Called after every event, when its promises are through. */
  afterEach(check: () => void): void {
    this.#afterEvent.push(check);
  }

  /**
   * Remembers the first violation, which ends the run after this event. A checker that is called in the middle of a
   * node's work cannot just throw: the node would take it for a failure of its own.
   */
  violate(violation: unknown): void {
    if (this.#violation !== undefined) return;
    this.#violation = violation;
    // Its first line only: stacks name lines of the source.
    this.note(
      `violation: ${String(violation instanceof Error ? violation.message : violation).split("\n", 1)[0]}`,
    );
  }

  /** Runs events until `isDone`, the next event lies beyond `untilMs`, or none is left. Throws the first violation. */
  async run(options: { readonly untilMs?: number; readonly isDone?: () => boolean } = {}): Promise<void> {
    const { untilMs = Number.POSITIVE_INFINITY, isDone } = options;
    await undefined; // from here on `drained` is sound
    await drained();
    while (this.#violation === undefined && !isDone?.()) {
      if ((this.clock.nextTimerMs ?? Number.POSITIVE_INFINITY) > untilMs) break;
      if (!this.clock.runNext()) break;
      this.#events += 1;
      await drained();
      this.#check();
    }
    if (this.#violation !== undefined) throw this.#violation;
  }

  #check(): void {
    try {
      for (const check of this.#afterEvent) check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.violate(error);
    }
  }
}
