import type { JobResult } from "./worker.ts";

/** What was done so far, and how fast. */
export class Progress {
  readonly #startedMs: number;
  #seeds = 0;
  #events = 0;
  #simulatedMs = 0;
  #committed = 0;
  #failed = 0;

  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  get failed(): number {
    return this.#failed;
  }

  add(result: JobResult): void {
    this.#seeds += 1;
    this.#events += result.events;
    this.#simulatedMs += result.simulatedMs;
    this.#committed += result.committed;
    if (result.violation !== undefined) this.#failed += 1;
  }

  /** A seed that never ended. */
  stuck(): void {
    this.#seeds += 1;
    this.#failed += 1;
  }

  line(nowMs: number): string {
    const seconds = Math.max(0.001, (nowMs - this.#startedMs) / 1_000);
    const aMinute = (count: number): string => Math.round((count / seconds) * 60).toLocaleString("en");
    return [
      `${this.#seeds} seeds in ${seconds.toFixed(1)} s`,
      `${aMinute(this.#seeds)} seeds a minute`,
      `${aMinute(this.#simulatedMs / 1_000)} simulated seconds a minute`,
      `${Math.round(this.#events / seconds).toLocaleString("en")} events/s`,
      `${this.#committed.toLocaleString("en")} entries committed`,
      `${this.#failed} failed`,
    ].join(", ");
  }
}
