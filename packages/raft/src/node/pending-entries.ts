import { assert } from "@millrace/runtime";
import type { Entry, LogIndex } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import { entriesWithin } from "../storage/entries-within.ts";
import type { RaftLimits } from "./raft-node-options.ts";

/**
 * Entries of this process that are not applied yet: the state machine gets them from here instead of from the disk.
 * Proposals are what can fill it, so the bounds are checked for them; raft's own entries always fit.
 */
export class PendingEntries {
  readonly #limits: RaftLimits;
  /** Consecutive, up to the end of the log. */
  #entries: Entry[] = [];
  #bytes = 0;

  constructor(limits: RaftLimits) {
    this.#limits = limits;
  }

  get firstIndex(): LogIndex | undefined {
    return this.#entries[0]?.index;
  }

  /** Throws the `RaftError` that a proposal of these payloads meets, if any. */
  checkRoom(payloads: readonly Uint8Array[]): void {
    const { entryBytesMax, pendingBytesMax, pendingEntriesMax } = this.#limits;
    if (payloads.length === 0) throw new RaftError("NO_ENTRIES");
    if (payloads.some((payload) => payload.length > entryBytesMax)) throw new RaftError("ENTRY_TOO_LARGE");
    const bytes = payloads.reduce((sum, payload) => sum + payload.length, this.#bytes);
    // An idle node takes a proposal of any size, or one beyond the bound could never be made.
    if (this.#entries.length === 0) return;
    if (this.#entries.length + payloads.length > pendingEntriesMax || bytes > pendingBytesMax) {
      throw new RaftError("PENDING_FULL");
    }
  }

  push(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.index === (this.#entries.at(-1)?.index ?? entry.index - 1) + 1, "gap in pending entries");
      this.#entries.push(entry);
      this.#bytes += entry.payload.length;
    }
  }

  /** Those up to `through` that fit in `bytesMax`, at least one; they stay until `drop`. */
  peek(through: LogIndex, bytesMax: number): readonly Entry[] {
    const first = this.#entries[0];
    assert(first !== undefined && first.index <= through, "nothing pending to apply");
    return entriesWithin(this.#entries.slice(0, through - first.index + 1), bytesMax);
  }

  drop(applied: readonly Entry[]): void {
    this.#entries = this.#entries.slice(applied.length);
    for (const entry of applied) this.#bytes -= entry.payload.length;
  }
}
