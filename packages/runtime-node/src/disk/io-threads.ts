import type { DiskClass } from "@millrace/runtime";

/**
 * Shares libuv's threads between the classes of disk work. `bulk` leaves two threads free and `log` one where
 * there are that many, and `raft` always goes ahead: so a raft fsync never queues behind a hundred cold reads,
 * and neither does a name lookup. Those who wait are as many as there are files and reads in flight, which their
 * owners bound.
 */
export class IoThreads {
  readonly #sharedMax: number;
  readonly #bulkMax: number;
  readonly #waiting = { log: [] as (() => void)[], bulk: [] as (() => void)[] };
  #shared = 0;
  #bulk = 0;

  constructor(threads: number) {
    this.#sharedMax = Math.max(1, threads - 1);
    this.#bulkMax = Math.max(1, threads - 2);
  }

  /** Runs `work` (one libuv request after the other, never two at a time) as soon as its class has a thread. */
  async run<T>(diskClass: DiskClass, work: () => Promise<T>): Promise<T> {
    if (diskClass === "raft") return work();
    if (this.#mayStart(diskClass)) this.#count(diskClass, 1);
    else await new Promise<void>((resolve) => this.#waiting[diskClass].push(resolve)); // counted by who wakes us
    try {
      return await work();
    } finally {
      this.#count(diskClass, -1);
      this.#startWaiting();
    }
  }

  #mayStart(diskClass: "log" | "bulk"): boolean {
    return this.#shared < this.#sharedMax && (diskClass === "log" || this.#bulk < this.#bulkMax);
  }

  #count(diskClass: "log" | "bulk", change: number): void {
    this.#shared += change;
    if (diskClass === "bulk") this.#bulk += change;
  }

  #startWaiting(): void {
    for (const diskClass of ["log", "bulk"] as const) {
      const waiting = this.#waiting[diskClass];
      while (waiting.length > 0 && this.#mayStart(diskClass)) {
        this.#count(diskClass, 1);
        waiting.shift()?.();
      }
    }
  }
}

/** As libuv reads it: 1 to 1,024, and 4 when it is not set. */
export function libuvThreads(environment: Readonly<Record<string, string | undefined>>): number {
  const wanted = Number.parseInt(environment.UV_THREADPOOL_SIZE ?? "4", 10);
  return Number.isNaN(wanted) ? 1 : Math.min(1024, Math.max(1, wanted));
}
