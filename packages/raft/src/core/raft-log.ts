import { assert } from "@millrace/runtime";
import type { Entry, EntryId, LogIndex, SnapshotId, Term, Voter } from "../entry.ts";
import type { StoredState } from "../storage/raft-storage.ts";
import { EntryTail } from "./entry-tail.ts";
import { LogOutline, type VoterSet } from "./log-outline.ts";

/** The log as the core knows it: its outline, the entries that it still has in memory, and what is on the disk. */
export class RaftLog {
  readonly #outline: LogOutline;
  readonly #tail = new EntryTail();
  /** What is before this index may be gone from the storage. */
  #storedFrom: LogIndex;
  #stableIndex: LogIndex;
  #appliedIndex: LogIndex;
  #truncations = 0;

  constructor(stored: StoredState) {
    this.#outline = new LogOutline(stored);
    this.#storedFrom = Math.max(stored.firstIndex, (stored.snapshot?.index ?? 0) + 1);
    this.#stableIndex = stored.lastIndex;
    this.#appliedIndex = stored.snapshot?.index ?? 0;
  }

  get last(): EntryId {
    return this.#outline.last;
  }

  /** Everything up to here is on the disk, as it is in this log. */
  get stableIndex(): LogIndex {
    return this.#stableIndex;
  }

  get voterSet(): VoterSet | undefined {
    return this.#outline.voterSet;
  }

  termAt(index: LogIndex): Term | undefined {
    return this.#outline.termAt(index);
  }

  votersAt(index: LogIndex): readonly Voter[] | undefined {
    return this.#outline.votersAt(index);
  }

  lastAtMost(index: LogIndex, term: Term): EntryId {
    return this.#outline.lastAtMost(index, term);
  }

  /** Whether a follower that has everything before `index` can be served from there on, from memory or disk. */
  canSendFrom(index: LogIndex): boolean {
    if (this.termAt(index - 1) === undefined) return false;
    return index >= this.#storedFrom || this.#tail.has(index) || index > this.last.index;
  }

  /** Undefined when they are not in memory; else at least one. */
  recent(from: LogIndex, through: LogIndex, bytesMax: number): readonly Entry[] | undefined {
    return this.#tail.has(from) ? this.#tail.slice(from, through, bytesMax) : undefined;
  }

  get recentFirstIndex(): LogIndex | undefined {
    return this.#tail.firstIndex;
  }

  append(entry: Entry): void {
    this.#outline.append(entry);
    this.#tail.push(entry);
  }

  /** True when a voter set went with the entries. */
  truncate(from: LogIndex): boolean {
    assert(from > this.#appliedIndex, "truncates what was applied");
    this.#truncations++;
    this.#tail.truncate(from);
    this.#stableIndex = Math.min(this.#stableIndex, from - 1);
    return this.#outline.truncate(from);
  }

  /** Since the start. */
  get truncations(): number {
    return this.#truncations;
  }

  /**
   * What was written may have been truncated meanwhile. Then neither its index nor its term tells whether it stays: the
   * same entry may be back in the log, and about to be dropped and written anew. So what was written before the latest
   * truncation does not count; what is written with that one does.
   */
  persisted(last: EntryId, truncations: number): void {
    if (truncations < this.#truncations || this.termAt(last.index) !== last.term) return;
    if (last.index > this.#stableIndex) this.#stableIndex = last.index;
  }

  applied(index: LogIndex): void {
    // A snapshot that came in may be ahead of what was being applied.
    if (index > this.#appliedIndex) this.#appliedIndex = index;
  }

  /** Keeps `bytesMax` for followers besides what is still to be applied, and that much of the latter. */
  evict(bytesMax: number, pendingBytesMax: number): void {
    this.#tail.evict(Math.min(this.#appliedIndex, this.#stableIndex), bytesMax);
    this.#tail.evict(this.#stableIndex, bytesMax + pendingBytesMax);
  }

  /** The storage may have dropped what is before `firstIndex`. */
  compacted(firstIndex: LogIndex): void {
    this.#storedFrom = Math.max(this.#storedFrom, firstIndex);
    this.#outline.compact(Math.min(this.#storedFrom, this.#tail.firstIndex ?? Infinity) - 1);
  }

  /** A snapshot came in, whose last entry is not in the log: it takes the place of all of it. */
  install(snapshot: SnapshotId): void {
    this.#tail.clear();
    this.#outline.replaceBy(snapshot);
    this.#stableIndex = snapshot.index;
    this.#storedFrom = Math.max(this.#storedFrom, snapshot.index + 1);
    this.#appliedIndex = snapshot.index;
  }
}
