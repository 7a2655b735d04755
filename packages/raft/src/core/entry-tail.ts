import { assert } from "@millrace/runtime";
import type { Entry, LogIndex } from "../entry.ts";

// What an entry costs besides its payload, roughly.
const overheadBytes = 64;

/** The recent end of the log, in memory: for followers that are near, and for what is still to be applied. */
export class EntryTail {
  /** Consecutive from `#head` on; what is before that is gone. */
  #entries: Entry[] = [];
  #head = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get firstIndex(): LogIndex | undefined {
    return this.#entries[this.#head]?.index;
  }

  has(index: LogIndex): boolean {
    return index >= (this.firstIndex ?? Infinity) && index <= (this.#entries.at(-1)?.index ?? 0);
  }

  push(entry: Entry): void {
    assert(
      entry.index === (this.#entries.at(-1)?.index ?? entry.index - 1) + 1,
      "gap in the tail of the log",
    );
    this.#entries.push(entry);
    this.#bytes += entry.payload.length + overheadBytes;
  }

  /** From `from`, which it has, up to `through`: what fits in `bytesMax` of payload, at least one. */
  slice(from: LogIndex, through: LogIndex, bytesMax: number): readonly Entry[] {
    assert(this.has(from), "not in the tail of the log");
    const start = this.#head + from - (this.firstIndex ?? from);
    const limit = Math.min(this.#entries.length, start + through - from + 1);
    let end = start;
    for (let bytes = 0; end < limit; end++) {
      bytes += this.#entries[end]?.payload.length ?? 0;
      if (end > start && bytes > bytesMax) break;
    }
    return this.#entries.slice(start, end);
  }

  truncate(from: LogIndex): void {
    if (from <= (this.firstIndex ?? 0)) this.clear();
    while (this.has(from)) this.#drop(this.#entries.pop());
  }

  /** Drops the oldest up to `through` while it holds more than `bytesMax`. */
  evict(through: LogIndex, bytesMax: number): void {
    while (this.#bytes > bytesMax && (this.firstIndex ?? Infinity) <= through) {
      this.#drop(this.#entries[this.#head++]);
    }
    if (this.#head === this.#entries.length) this.clear();
    else if (this.#head > 1_024 && this.#head > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  #drop(entry: Entry | undefined): void {
    this.#bytes -= (entry?.payload.length ?? 0) + overheadBytes;
  }
}
