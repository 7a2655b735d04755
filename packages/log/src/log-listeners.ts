import type { ApiError } from "@millrace/runtime";
import type { LogListener, PartitionLog } from "./partition-log.ts";

/** Tells listeners what moved. What they move themselves is told when the round is over, not from inside it. */
export class LogListeners {
  readonly #log: PartitionLog;
  readonly #listeners = new Set<LogListener>();
  #telling = false;
  #again = false;

  constructor(log: PartitionLog) {
    this.#log = log;
  }

  add(listener: LogListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  moved(): void {
    this.#again = true;
    if (this.#telling) return;
    this.#telling = true;
    try {
      while (this.#again) {
        this.#again = false;
        for (const listener of this.#listeners) listener.watermarksMoved(this.#log);
      }
    } finally {
      this.#telling = false;
    }
  }

  failed(cause: ApiError): void {
    for (const listener of this.#listeners) listener.failed(this.#log, cause);
  }
}
