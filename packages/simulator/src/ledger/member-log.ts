import {
  decodeVoters,
  type HardState,
  type LogIndex,
  type PersistBatch,
  type SnapshotId,
  type Term,
  type Voter,
} from "@millrace/raft";
import { type LogSlot, slotOf } from "./log-slot.ts";

/** What a storage held when a process opened it: its log's entries from `firstIndex` on. */
export interface OpenedLog {
  readonly hardState: HardState;
  readonly snapshot: SnapshotId | undefined;
  readonly firstIndex: LogIndex;
  readonly slots: readonly LogSlot[];
}

/** A voter set of a log; `index` is 0 for the one that a node was configured with. */
export interface VotersInLog {
  readonly index: LogIndex;
  readonly voters: readonly Voter[];
}

/**
 * What must be on a member's disk: everything that its storage has promised. Kept from what goes through its storage,
 * not from what the node says of itself.
 */
export class MemberLog {
  #hardState: HardState;
  #snapshot: SnapshotId | undefined;
  /** Consecutive; the first has index `#firstIndex`. */
  #slots: LogSlot[];
  #firstIndex: LogIndex;
  /** Ascending. */
  #voters: VotersInLog[];
  #writing: PersistBatch | undefined;

  constructor(opened: OpenedLog, bootstrap: readonly Voter[]) {
    this.#hardState = opened.hardState;
    this.#snapshot = opened.snapshot;
    this.#firstIndex = opened.firstIndex;
    this.#slots = [...opened.slots];
    this.#voters = [{ index: 0, voters: bootstrap }];
    this.#noteSnapshotVoters(opened.snapshot);
    this.#voters.push(...opened.slots.filter(({ kind }) => kind === "voters").map(votersOf));
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get firstIndex(): LogIndex {
    return this.#firstIndex;
  }

  get lastIndex(): LogIndex {
    return this.#firstIndex + this.#slots.length - 1;
  }

  get snapshotIndex(): LogIndex {
    return this.#snapshot?.index ?? 0;
  }

  /** What was handed to the storage and is not promised yet. */
  get writing(): PersistBatch | undefined {
    return this.#writing;
  }

  slotAt(index: LogIndex): LogSlot | undefined {
    return this.#slots[index - this.#firstIndex];
  }

  /** Has that entry, in the log or behind a snapshot. */
  holds(index: LogIndex, term: Term): boolean {
    return index <= this.snapshotIndex || this.slotAt(index)?.term === term;
  }

  /** The voter sets of the log, what is being written included, newest first; the last is the configured one. */
  newestVoters(): readonly VotersInLog[] {
    const writing = (this.#writing?.entries ?? []).filter(({ kind }) => kind === "voters").map(slotOf);
    return [...this.#voters, ...writing.map(votersOf)].toReversed();
  }

  begin(batch: PersistBatch): void {
    this.#writing = batch;
  }

  /** What was begun is on the disk. */
  end(batch: PersistBatch): void {
    this.#writing = undefined;
    this.#hardState = batch.hardState ?? this.#hardState;
    const cut = batch.truncateFrom ?? batch.entries[0]?.index;
    if (cut !== undefined) {
      this.#slots.length = Math.max(0, Math.min(this.#slots.length, cut - this.#firstIndex));
      this.#voters = this.#voters.filter(({ index }) => index < cut);
    }
    for (const entry of batch.entries) {
      if (this.#slots.length === 0) this.#firstIndex = entry.index;
      const slot = slotOf(entry);
      this.#slots.push(slot);
      if (slot.kind === "voters") this.#voters.push(votersOf(slot));
    }
  }

  installed(snapshot: SnapshotId, keptLog: boolean): void {
    this.#snapshot = snapshot;
    if (keptLog) return;
    this.#slots = [];
    this.#firstIndex = snapshot.index + 1;
    this.#voters.length = 1;
    this.#noteSnapshotVoters(snapshot);
  }

  saved(snapshot: SnapshotId): void {
    if (snapshot.index > this.snapshotIndex) this.#snapshot = snapshot;
  }

  #noteSnapshotVoters(snapshot: SnapshotId | undefined): void {
    if (snapshot?.voters === undefined) return;
    this.#voters.push({ index: snapshot.index, voters: snapshot.voters });
  }
}

function votersOf({ index, content }: LogSlot): VotersInLog {
  return { index, voters: decodeVoters(Buffer.from(content, "latin1")) };
}
