import { assert } from "@millrace/runtime";

/** A batch as it was committed; one without records only moves the offset. */
export interface RecentCommit {
  readonly lastOffset: number;
  readonly epoch: number;
  readonly records: readonly Uint8Array[];
}

export type WakeReason = "change" | "heartbeat";

export interface RecentCommitsLimits {
  readonly itemsMax: number;
  readonly bytesMax: number;
}

/**
 * The newest commits, in memory, for all who follow the log. Nobody has a queue of his own: whoever is too slow for
 * what is kept here starts again from a snapshot of the state.
 */
export class RecentCommits {
  readonly #limits: RecentCommitsLimits;
  #commits: RecentCommit[] = [];
  /** Those before it in the array were dropped. */
  #head = 0;
  #bytes = 0;
  #startOffset = -1;
  #waiting: ((reason: WakeReason) => void)[] = [];

  constructor(limits: RecentCommitsLimits) {
    this.#limits = limits;
  }

  /** What is kept follows this offset; followers that have applied less cannot go on from here. */
  get startOffset(): number {
    return this.#startOffset;
  }

  get endOffset(): number {
    return this.#commits.at(-1)?.lastOffset ?? this.#startOffset;
  }

  /** The state was replaced: nothing is kept from before `offset`. */
  restart(offset: number): void {
    this.#commits = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#startOffset = offset;
    this.wake("change");
  }

  push(commit: RecentCommit): void {
    assert(commit.lastOffset > this.endOffset, "commits out of order");
    this.#commits.push(commit);
    this.#bytes += sizeOf(commit);
    while (this.#count > 1 && (this.#count > this.#limits.itemsMax || this.#bytes > this.#limits.bytesMax)) {
      this.#dropOldest();
    }
    this.wake("change");
  }

  /** Commits after `offset`, oldest first, up to about `bytesMax`; `offset` must not be below the start. */
  after(offset: number, bytesMax: number): RecentCommit[] {
    assert(offset >= this.#startOffset, "commits that are no longer kept");
    const found: RecentCommit[] = [];
    let bytes = 0;
    for (let i = this.#firstAfter(offset); i < this.#commits.length && bytes < bytesMax; i++) {
      const commit = this.#commits[i]!;
      found.push(commit);
      bytes += sizeOf(commit);
    }
    return found;
  }

  /** Ends the waiting of all who wait for a change. */
  wake(reason: WakeReason): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake(reason);
  }

  /** Resolves with the next change, or when it is ended otherwise; rejects with the signal's reason. */
  changed(signal: AbortSignal): Promise<WakeReason> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const wake = (reason: WakeReason): void => {
        signal.removeEventListener("abort", abort);
        resolve(reason);
      };
      const abort = (): void => {
        this.#waiting = this.#waiting.filter((waiting) => waiting !== wake);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.push(wake);
    });
  }

  get #count(): number {
    return this.#commits.length - this.#head;
  }

  #dropOldest(): void {
    const oldest = this.#commits[this.#head++]!;
    this.#bytes -= sizeOf(oldest);
    this.#startOffset = oldest.lastOffset;
    if (this.#head < 1_024 || this.#head < this.#count) return;
    this.#commits = this.#commits.slice(this.#head);
    this.#head = 0;
  }

  #firstAfter(offset: number): number {
    let low = this.#head;
    let high = this.#commits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#commits[middle]!.lastOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sizeOf({ records }: RecentCommit): number {
  let bytes = 64; // of the bookkeeping, so that empty commits count too
  for (const record of records) bytes += record.length;
  return bytes;
}
