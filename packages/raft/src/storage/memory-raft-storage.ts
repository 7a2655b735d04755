import { assert } from "@millrace/runtime";
import type { Entry, LogIndex, SnapshotId } from "../entry.ts";
import { entriesWithin } from "./entries-within.ts";
import type { PersistBatch, RaftStorage, StoredSnapshot, StoredState } from "./raft-storage.ts";
import { termStartsOf } from "./term-starts.ts";

/** Forgets everything when it is garbage: for tests and nodes without a data directory. */
export class MemoryRaftStorage implements RaftStorage {
  #hardState: StoredState["hardState"] = { term: 0, votedFor: undefined };
  #entries: Entry[] = [];
  #firstIndex = 1;
  #snapshot: { readonly id: SnapshotId; readonly chunks: readonly Uint8Array[] } | undefined;

  /** As of now: a node that is given the same storage again finds what the last one left. */
  get initial(): StoredState {
    return {
      hardState: this.#hardState,
      snapshot: this.#snapshot?.id,
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
    assert(from >= this.#firstIndex && from < this.#endIndex, "read outside of the log");
    const offset = from - this.#firstIndex;
    return entriesWithin(this.#entries.slice(offset, through - this.#firstIndex + 1), bytesMax);
  }

  async truncatePrefix(through: LogIndex): Promise<void> {
    assert(through <= (this.#snapshot?.id.index ?? 0), "compacts beyond the snapshot");
    if (through < this.#firstIndex) return;
    this.#entries.splice(0, through - this.#firstIndex + 1);
    this.#firstIndex = through + 1;
  }

  async saveSnapshot(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const kept: Uint8Array[] = [];
    for await (const chunk of chunks) kept.push(chunk.slice());
    this.#snapshot = { id, chunks: kept };
  }

  async loadSnapshot(): Promise<StoredSnapshot | undefined> {
    if (this.#snapshot === undefined) return undefined;
    const { id, chunks } = this.#snapshot;
    return {
      id,
      chunks: (async function* () {
        yield* chunks;
      })(),
    };
  }

  async close(): Promise<void> {}

  get #endIndex(): LogIndex {
    return this.#firstIndex + this.#entries.length;
  }
}
