import { Worker } from "node:worker_threads";
import type { Job, JobResult } from "./worker.ts";

/** A seed takes a second. One in which an event never ends takes its thread for good. */
const seedMsMax = 120_000;
const lookEveryMs = 5_000;

export interface CrewOptions {
  /** What a worker runs. */
  readonly script: URL;
  readonly workers: number;
  readonly jobs: Iterator<Job>;
  readonly onDone: (result: JobResult) => void;
  readonly onStuck: (job: Job) => void;
  readonly onEnd: () => void;
}

interface Hand {
  readonly worker: Worker;
  job: Job;
  sinceMs: number;
}

/** Gives jobs to threads until none is left, and gives up on those that do not come back. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #hands = new Set<Hand>();
  readonly #watch: NodeJS.Timeout;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#look(), lookEveryMs);
    for (let i = 0; i < options.workers; i += 1) this.#hire();
  }

  #hire(): void {
    const { jobs, script, onDone } = this.#options;
    const { done, value: job } = jobs.next();
    if (done) {
      this.#endIfIdle();
      return;
    }
    const hand: Hand = { worker: new Worker(script), job, sinceMs: performance.now() };
    this.#hands.add(hand);
    hand.worker.on("message", (result: JobResult) => {
      onDone(result);
      this.#next(hand);
    });
    hand.worker.on("error", (error: Error) => {
      throw error;
    });
    hand.worker.postMessage(job);
  }

  #next(hand: Hand): void {
    const { done, value: job } = this.#options.jobs.next();
    if (done) {
      this.#dismiss(hand);
      return;
    }
    hand.job = job;
    hand.sinceMs = performance.now();
    hand.worker.postMessage(job);
  }

  #look(): void {
    for (const hand of this.#hands) {
      if (performance.now() - hand.sinceMs < seedMsMax) continue;
      this.#options.onStuck(hand.job);
      this.#dismiss(hand);
      this.#hire();
    }
  }

  #dismiss(hand: Hand): void {
    this.#hands.delete(hand);
    void hand.worker.terminate();
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#hands.size > 0) return;
    clearInterval(this.#watch);
    this.#options.onEnd();
  }
}
