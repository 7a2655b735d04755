import { assert } from "@millrace/runtime";
import type { Entry, EntryId, HardState, LogIndex, SnapshotId } from "../../entry.ts";
import type { StoredState } from "../../storage/raft-storage.ts";
import { termStartsOf } from "../../storage/term-starts.ts";
import type { Persist } from "../effects.ts";

export interface DiskSnapshot {
  readonly id: SnapshotId;
  readonly bytes: Uint8Array;
}

/** What a node has on its disk, without waiting for one. */
export class CoreDisk {
  hardState: HardState = { term: 0, votedFor: undefined };
  entries: Entry[] = [];
  firstIndex = 1;
  snapshot: DiskSnapshot | undefined;

  get lastIndex(): LogIndex {
    return this.firstIndex + this.entries.length - 1;
  }

  get initial(): StoredState {
    const { hardState, firstIndex, lastIndex, entries } = this;
    const from = this.snapshot?.id.index ?? 0;
    return {
      hardState,
      snapshot: this.snapshot?.id,
      firstIndex,
      lastIndex,
      termStarts: termStartsOf(entries.filter((entry) => entry.index >= from)),
      votersEntries: entries.filter((entry) => entry.kind === "voters"),
    };
  }

  persist({ hardState, truncateFrom, entries }: Persist): void {
    if (hardState !== undefined) this.hardState = hardState;
    if (truncateFrom !== undefined) this.entries = this.entries.filter(({ index }) => index < truncateFrom);
    for (const entry of entries) {
      assert(entry.index === this.lastIndex + 1, "a gap on the disk");
      this.entries.push(entry);
    }
  }

  read(from: LogIndex, through: LogIndex): readonly Entry[] {
    return from < this.firstIndex
      ? []
      : this.entries.slice(from - this.firstIndex, through - this.firstIndex + 1);
  }

  save(snapshot: DiskSnapshot): void {
    this.snapshot = snapshot;
    this.entries = this.entries.filter(({ index }) => index > snapshot.id.index);
    this.firstIndex = snapshot.id.index + 1;
  }

  /** The log keeps what is behind the snapshot's last entry when it has that. */
  install(snapshot: DiskSnapshot): void {
    const { index, term }: EntryId = snapshot.id;
    if (this.entries.find((entry) => entry.index === index)?.term !== term) this.entries = [];
    this.save(snapshot);
  }
}
