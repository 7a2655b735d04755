import { assert } from "@millrace/runtime";
import type { Entry, EntryId, LogIndex, SnapshotId, Term, TermStart, Voter } from "../entry.ts";
import type { StoredState } from "../storage/raft-storage.ts";
import { decodeVoters } from "../voters.ts";

/**
 * What the core has to know of its log without holding it: where it ends, the term of every index, and the voter
 * sets in it. The entries themselves are with the storage.
 */
export class LogOutline {
  #last: EntryId;
  readonly #termStarts: TermStart[];
  readonly #voterSets: { readonly index: LogIndex; readonly voters: readonly Voter[] }[];

  constructor(stored: StoredState) {
    this.#termStarts = [...stored.termStarts];
    this.#voterSets = stored.votersEntries.map((e) => ({ index: e.index, voters: decodeVoters(e.payload) }));
    const { snapshot } = stored;
    if (snapshot !== undefined) this.#startAt(snapshot);
    this.#last = { index: stored.lastIndex, term: this.termAt(stored.lastIndex) };
  }

  get last(): EntryId {
    return this.#last;
  }

  /** 0 for an index before the first that is known. */
  termAt(index: LogIndex): Term {
    return this.#termStarts.findLast((start) => start.firstIndex <= index)?.term ?? 0;
  }

  /** The voter set that the log up to `index` sets; undefined when it sets none. */
  votersAt(index: LogIndex): readonly Voter[] | undefined {
    return this.#voterSets.findLast((set) => set.index <= index)?.voters;
  }

  append(entry: Entry): void {
    assert(entry.index === this.#last.index + 1, "entry does not follow the log");
    assert(entry.term >= this.#last.term, "term of an entry goes back");
    if (entry.term !== this.#last.term) this.#termStarts.push({ term: entry.term, firstIndex: entry.index });
    if (entry.kind === "voters") {
      this.#voterSets.push({ index: entry.index, voters: decodeVoters(entry.payload) });
    }
    this.#last = { index: entry.index, term: entry.term };
  }

  /** The snapshot knows the term and the voters at its index, whatever the log still holds below it. */
  #startAt(snapshot: SnapshotId): void {
    const later = this.#termStarts.filter((start) => start.term > snapshot.term);
    this.#termStarts.splice(0, Infinity, { term: snapshot.term, firstIndex: snapshot.index }, ...later);
    const newer = this.#voterSets.filter((set) => set.index > snapshot.index);
    const set = snapshot.voters === undefined ? [] : [{ index: snapshot.index, voters: snapshot.voters }];
    this.#voterSets.splice(0, Infinity, ...set, ...newer);
  }
}
