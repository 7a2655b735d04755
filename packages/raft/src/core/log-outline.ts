import { assert } from "@millrace/runtime";
import type { Entry, EntryId, LogIndex, SnapshotId, Term, TermStart, Voter } from "../entry.ts";
import type { StoredState } from "../storage/raft-storage.ts";
import { decodeVoters } from "../voters.ts";

export interface VoterSet {
  readonly index: LogIndex;
  readonly voters: readonly Voter[];
}

/**
 * What the core has to know of its log without holding it: where it ends, the term of every index, and the voter
 * sets in it.
 */
export class LogOutline {
  #last: EntryId;
  /** The first index whose term is known: that of a snapshot, or 0. */
  #floor: LogIndex = 0;
  #termStarts: TermStart[];
  #voterSets: VoterSet[];

  constructor(stored: StoredState) {
    this.#termStarts = [{ term: 0, firstIndex: 0 }, ...stored.termStarts];
    this.#voterSets = stored.votersEntries.map((e) => ({ index: e.index, voters: decodeVoters(e.payload) }));
    const { snapshot, lastIndex } = stored;
    if (snapshot !== undefined) this.#startAt(snapshot);
    this.#last = { index: lastIndex, term: this.#termStarts.at(-1)?.term ?? 0 };
  }

  get last(): EntryId {
    return this.#last;
  }

  /** Undefined behind the end, and before what is known. */
  termAt(index: LogIndex): Term | undefined {
    if (index === this.#last.index) return this.#last.term;
    if (index > this.#last.index || index < this.#floor) return undefined;
    return this.#termStarts.findLast((start) => start.firstIndex <= index)?.term;
  }

  /** The voter set that the log up to `index` sets; undefined when it sets none. */
  votersAt(index: LogIndex): readonly Voter[] | undefined {
    return this.#voterSets.findLast((set) => set.index <= index)?.voters;
  }

  /** The last voter set. */
  get voterSet(): VoterSet | undefined {
    return this.#voterSets.at(-1);
  }

  /** The last entry at or before `index`, but not before what is known, whose term is at most `term`. */
  lastAtMost(index: LogIndex, term: Term): EntryId {
    for (let at = Math.min(index, this.#last.index); at > this.#floor; ) {
      const start = this.#termStarts.findLast(({ firstIndex }) => firstIndex <= at);
      if (start === undefined || start.term <= term) return { index: at, term: start?.term ?? 0 };
      at = start.firstIndex - 1;
    }
    return { index: this.#floor, term: this.termAt(this.#floor) ?? 0 };
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

  /** True when a voter set went with the entries. */
  truncate(from: LogIndex): boolean {
    assert(from > this.#floor, "truncates what a snapshot covers");
    const term = this.termAt(from - 1);
    assert(term !== undefined, "truncates behind the end of the log");
    this.#last = { index: from - 1, term };
    this.#termStarts = this.#termStarts.filter((start) => start.firstIndex < from);
    const sets = this.#voterSets.length;
    this.#voterSets = this.#voterSets.filter((set) => set.index < from);
    return this.#voterSets.length < sets;
  }

  /** Forgets what is before `floor`, of which the term stays known. */
  compact(floor: LogIndex): void {
    if (floor <= this.#floor) return;
    assert(floor <= this.#last.index, "compacts beyond the end of the log");
    const start = this.#termStarts.findLastIndex(({ firstIndex }) => firstIndex <= floor);
    this.#termStarts.splice(0, start);
    const set = this.#voterSets.findLastIndex(({ index }) => index <= floor);
    this.#voterSets.splice(0, Math.max(0, set));
    this.#floor = floor;
  }

  /** The log is at `snapshot`, and has nothing behind it. */
  replaceBy(snapshot: SnapshotId): void {
    this.#termStarts = [];
    this.#voterSets = [];
    this.#startAt(snapshot);
    this.#last = { index: snapshot.index, term: snapshot.term };
  }

  /** The snapshot knows the term and the voters at its index, whatever the log still holds below it. */
  #startAt(snapshot: SnapshotId): void {
    const later = this.#termStarts.filter((start) => start.term > snapshot.term);
    this.#termStarts = [{ term: snapshot.term, firstIndex: snapshot.index }, ...later];
    const newer = this.#voterSets.filter((set) => set.index > snapshot.index);
    const set = snapshot.voters === undefined ? [] : [{ index: snapshot.index, voters: snapshot.voters }];
    this.#voterSets = [...set, ...newer];
    this.#floor = snapshot.index;
  }
}
