import type { LogIndex, Term } from "@millrace/raft";
import type { LogSlot } from "./log-slot.ts";

interface Committed {
  readonly slot: LogSlot;
  /** The first term in which it is known to be committed: that of whoever was first seen to treat it so. */
  readonly inTerm: Term;
  /** Of this and all entries before it. */
  readonly chain: number;
}

/** The one log of the whole quorum: what was first applied or announced as committed at each index. */
export class CommittedLog {
  readonly #entries: Committed[] = [];

  get lastIndex(): LogIndex {
    return this.#entries.length;
  }

  at(index: LogIndex): LogSlot | undefined {
    return this.#entries[index - 1]?.slot;
  }

  committedIn(index: LogIndex): Term | undefined {
    return this.#entries[index - 1]?.inTerm;
  }

  /** What a state machine that applied everything through `index` must have arrived at. */
  chainAt(index: LogIndex): number {
    return this.#entries[index - 1]?.chain ?? emptyChain;
  }

  /** Nothing unless `slot` is the next one. */
  add(slot: LogSlot, inTerm: Term): void {
    if (slot.index !== this.lastIndex + 1) return;
    this.#entries.push({ slot, inTerm, chain: nextChain(this.chainAt(this.lastIndex), slot) });
  }
}

export const emptyChain = 0x811c9dc5;

/** A hash of a log, entry by entry. */
export function nextChain(chain: number, { term, kind, content }: LogSlot): number {
  let hash = Math.imul(chain ^ term, 0x01000193);
  hash = Math.imul(hash ^ kind.length, 0x01000193);
  for (let i = 0; i < content.length; i += 1) hash = Math.imul(hash ^ content.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
