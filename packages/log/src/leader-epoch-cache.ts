import { checkpointNumber, formatCheckpoint, parseCheckpoint } from "./checkpoints/checkpoint-text.ts";

export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

/** Which leader epoch wrote what: entries ascend in epoch and start offset (KIP-101). */
export class LeaderEpochCache {
  #entries: EpochEntry[];
  #changed = false;

  private constructor(entries: EpochEntry[]) {
    this.#entries = entries;
  }

  static empty(): LeaderEpochCache {
    return new LeaderEpochCache([]);
  }

  /** Undefined when the checkpoint is damaged; epochs are found in the batches again then. */
  static parse(content: Buffer): LeaderEpochCache | undefined {
    const entries: EpochEntry[] = [];
    for (const [epochText, offsetText] of parseCheckpoint(content) ?? [[]]) {
      const epoch = checkpointNumber(epochText);
      const startOffset = checkpointNumber(offsetText);
      if (epoch === undefined || startOffset === undefined) return undefined;
      const last = entries.at(-1);
      if (last !== undefined && (epoch <= last.epoch || startOffset < last.startOffset)) return undefined;
      entries.push({ epoch, startOffset });
    }
    return new LeaderEpochCache(entries);
  }

  /** The content of `leader-epoch-checkpoint` if it changed since it was last taken. */
  takeChanged(): Buffer | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return formatCheckpoint(this.#entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`));
  }

  /** -1 without entries. */
  get latestEpoch(): number {
    return this.#entries.at(-1)?.epoch ?? -1;
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  /** An epoch of which nothing was written gives way to the next one. */
  assign(epoch: number, startOffset: number): void {
    if (epoch <= this.latestEpoch || epoch < 0) return;
    while ((this.#entries.at(-1)?.startOffset ?? -1) >= startOffset) this.#entries.pop();
    this.#entries.push({ epoch, startOffset });
    this.#changed = true;
  }

  /** -1 when unknown. */
  epochAt(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? -1;
  }

  /** The last epoch up to `epoch` and where it ended; undefined when the log knows no such thing. */
  endOffsetFor(epoch: number, logEndOffset: number): { epoch: number; endOffset: number } | undefined {
    if (epoch < 0 || epoch > this.latestEpoch) return undefined;
    if (epoch === this.latestEpoch) return { epoch, endOffset: logEndOffset };
    const next = this.#entries.findIndex((entry) => entry.epoch > epoch);
    const endOffset = this.#entries[next]!.startOffset;
    // Earlier than everything here: all that this log has came later, so what the asker has ends where this begins.
    return { epoch: this.#entries[next - 1]?.epoch ?? epoch, endOffset };
  }

  truncateFromEnd(endOffset: number): void {
    const kept = this.#entries.filter((entry) => entry.startOffset < endOffset);
    if (kept.length === this.#entries.length) return;
    this.#entries = kept;
    this.#changed = true;
  }

  /** Forgets what lies below the start of the log; the epoch that holds `startOffset` begins there. */
  truncateFromStart(startOffset: number): void {
    const first = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset);
    const entry = this.#entries[first];
    if (entry === undefined || (first === 0 && entry.startOffset === startOffset)) return;
    this.#entries.splice(0, first + 1, { epoch: entry.epoch, startOffset });
    this.#changed = true;
  }

  clear(): void {
    this.#changed ||= this.#entries.length > 0;
    this.#entries = [];
  }
}
