import { assert, MemoryDisk } from "@millrace/runtime";
import type { Entry, EntryId, LogIndex, MemberKey, SnapshotId } from "../entry.ts";
import { entriesWithin } from "./entries-within.ts";
import type {
  OpenedSnapshot,
  PersistBatch,
  RaftStorage,
  SnapshotReceiver,
  StoredSnapshot,
  StoredState,
} from "./raft-storage.ts";
import { SnapshotStore } from "./snapshot-store.ts";
import { termStartsOf } from "./term-starts.ts";

const directory = "snapshots";

/** Forgets everything when it is garbage: for tests and nodes without a data directory. */
export class MemoryRaftStorage implements RaftStorage {
  #hardState: StoredState["hardState"] = { term: 0, votedFor: undefined };
  #entries: Entry[] = [];
  #firstIndex = 1;
  readonly #disk = new MemoryDisk();
  readonly #snapshots = new SnapshotStore(this.#disk, directory, undefined);

  /** As of now: a node that is given the same storage again finds what the last one left. */
  get initial(): StoredState {
    return {
      hardState: this.#hardState,
      snapshot: this.#snapshots.latest,
      firstIndex: this.#firstIndex,
      lastIndex: this.#endIndex - 1,
      termStarts: termStartsOf(this.#entries),
      votersEntries: this.#entries.filter((entry) => entry.kind === "voters"),
    };
  }

  async persist({ hardState, truncateFrom, entries }: PersistBatch): Promise<void> {
    if (hardState !== undefined) this.#hardState = hardState;
    if (truncateFrom !== undefined) {
      assert(truncateFrom >= this.#firstIndex, "truncates what was compacted");
      this.#entries.length = Math.min(this.#entries.length, truncateFrom - this.#firstIndex);
    }
    for (const entry of entries) {
      assert(entry.index === this.#endIndex, "entry does not follow the stored log");
      this.#entries.push(entry);
    }
  }

  read(from: LogIndex, through: LogIndex, bytesMax: number): readonly Entry[] {
    if (from < this.#firstIndex || from >= this.#endIndex) return [];
    const offset = from - this.#firstIndex;
    return entriesWithin(this.#entries.slice(offset, through - this.#firstIndex + 1), bytesMax);
  }

  async truncatePrefix(through: LogIndex): Promise<void> {
    assert(through <= (this.#snapshots.latest?.index ?? 0), "compacts beyond the snapshot");
    if (through < this.#firstIndex) return;
    this.#entries.splice(0, through - this.#firstIndex + 1);
    this.#firstIndex = through + 1;
  }

  async saveSnapshot(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#disk.makeDirectory(directory);
    await this.#snapshots.save(id, chunks);
  }

  loadSnapshot(): Promise<StoredSnapshot | undefined> {
    return this.#snapshots.load();
  }

  openSnapshot(): Promise<OpenedSnapshot | undefined> {
    return this.#snapshots.open();
  }

  async receiveSnapshot(id: EntryId, sender: MemberKey): Promise<SnapshotReceiver> {
    await this.#disk.makeDirectory(directory);
    return this.#snapshots.receive(id, sender, (installed) => this.#follow(installed));
  }

  async close(): Promise<void> {
    await this.#snapshots.close();
  }

  /** Drops a log that does not hold the entry that a received snapshot ends with. */
  async #follow({ index, term }: SnapshotId): Promise<boolean> {
    if (this.#entries[index - this.#firstIndex]?.term === term) return true;
    this.#entries = [];
    this.#firstIndex = index + 1;
    return false;
  }

  get #endIndex(): LogIndex {
    return this.#firstIndex + this.#entries.length;
  }
}
