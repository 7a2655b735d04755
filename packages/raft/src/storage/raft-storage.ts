import type { MaybePromise } from "@millrace/runtime";
import type { Entry, HardState, LogIndex, SnapshotId, TermStart } from "../entry.ts";

/** What goes to the disk in one group: one write and one fsync for all of it. */
export interface PersistBatch {
  /** Written before the entries; left out when it did not change. */
  readonly hardState?: HardState;
  /** Everything from this index on is dropped first (a new leader's log disagrees). */
  readonly truncateFrom?: LogIndex;
  /** Consecutive; the first follows the last entry that is kept. */
  readonly entries: readonly Entry[];
}

/** What the storage held when it was opened. */
export interface StoredState {
  readonly hardState: HardState;
  /** The newest whole snapshot. */
  readonly snapshot: SnapshotId | undefined;
  /** The first entry kept; `lastIndex + 1` when there is none. Never more than one above the snapshot's index. */
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  /** For every term with entries from the snapshot's index on, ascending. */
  readonly termStarts: readonly TermStart[];
  /** The entries of kind `voters` that are kept, ascending: they count as soon as they are in the log. */
  readonly votersEntries: readonly Entry[];
}

export interface StoredSnapshot {
  readonly id: SnapshotId;
  /** Once; in the order and with the boundaries that `saveSnapshot` was given. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * A node's log, hard state and snapshot. One contract, `runRaftStorageSuite` checks it:
 *
 * - What `persist` resolved for survives any crash; what it did not resolve for may survive as a prefix.
 * - A torn end is cut when the storage opens. Damage to what was synced is a `RaftStorageError`, never skipped.
 * - Callers wait for each mutating call before the next one. Reads may run at any time. A call may fail with a
 *   `DiskError`; a storage whose `persist` failed must be opened again before it is trusted.
 */
export interface RaftStorage {
  readonly initial: StoredState;
  persist(batch: PersistBatch): Promise<void>;
  /**
   * Entries from `from` on, whole, up to and including `through`, at least one and no more than fit in `bytesMax`.
   * Only what was persisted; `from` lies in [first, last index kept].
   */
  read(from: LogIndex, through: LogIndex, bytesMax: number): MaybePromise<readonly Entry[]>;
  /** Drops entries up to and including `through`, or fewer: whole files only. A snapshot must cover them. */
  truncatePrefix(through: LogIndex): Promise<void>;
  /**
   * Atomically becomes the latest snapshot, then the older one goes. The log is left alone. A failure, of the
   * chunks' source too, leaves the older one in place. May run while `persist` does.
   */
  saveSnapshot(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Opens the latest snapshot, if any. Corruption surfaces while the chunks are read. */
  loadSnapshot(): Promise<StoredSnapshot | undefined>;
  close(): Promise<void>;
}
