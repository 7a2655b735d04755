import type { MaybePromise } from "@millrace/runtime";
import type { Entry, EntryId, HardState, LogIndex, MemberKey, SnapshotId, TermStart } from "../entry.ts";

/**
 * What goes to the disk in one group: one write and one fsync for all of the entries, one more when term and vote
 * changed, and one more when entries are dropped.
 */
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

/** The latest snapshot as bytes, to be sent. It stays readable until closed, also when a newer one replaced it. */
export interface OpenedSnapshot {
  readonly id: SnapshotId;
  /** Bytes, frames and checksums included. */
  readonly size: number;
  /** The bytes from `offset` on, `bytesMax` at most; none at the end. The caller may keep them. */
  read(offset: number, bytesMax: number): MaybePromise<Uint8Array>;
  close(): Promise<void>;
}

export interface InstalledSnapshot {
  readonly id: SnapshotId;
  /** False: the log did not hold the snapshot's entry; it is empty now, and goes on behind the snapshot. */
  readonly keptLog: boolean;
}

/** A snapshot on its way here, from one sender. */
export interface SnapshotReceiver {
  /** How many of its bytes are here: the next one wanted. Above 0 at first when a transfer is resumed. */
  readonly offset: number;
  /**
   * Takes of `bytes`, which begin at `offset`, what is not here yet; nothing at all when some before them are missing.
   * Damage is a `RaftStorageError` (`CORRUPT`, or `VERSION` for a sender too new), and `offset` goes back to before it;
   * after a `DiskError` (a full disk) the same bytes may be tried again. One call at a time; `persist` may run meanwhile.
   */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /**
   * Makes it the latest snapshot, then the log follow it, both for good; the receiver is closed by it. Undefined when a
   * snapshot as new was saved meanwhile: nothing changed. `CORRUPT` when it is not whole: more can be written then.
   * Changes the log: callers wait for it like for `persist`, and after a `DiskError` open the storage again.
   */
  finish(): Promise<InstalledSnapshot | undefined>;
  /** Leaves what is here for a later transfer of the same snapshot by the same sender. */
  close(): Promise<void>;
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
   * Only what was persisted. None when `from` is not kept, or was dropped while it was read.
   */
  read(from: LogIndex, through: LogIndex, bytesMax: number): MaybePromise<readonly Entry[]>;
  /** Drops entries up to and including `through`, or fewer: whole files only. A snapshot must cover them. */
  truncatePrefix(through: LogIndex): Promise<void>;
  /**
   * Atomically becomes the latest snapshot, then the older one goes; one that is not newer than the latest is dropped.
   * The log is left alone. A failure, of the chunks' source too, leaves the older one in place. May run while `persist`
   * does.
   */
  saveSnapshot(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Opens the latest snapshot, if any. Corruption surfaces while the chunks are read. */
  loadSnapshot(): Promise<StoredSnapshot | undefined>;
  /** Opens the latest snapshot, if any, after a look at all of it: damage is a `RaftStorageError`, and never sent. */
  openSnapshot(): Promise<OpenedSnapshot | undefined>;
  /**
   * Begins to receive a snapshot newer than the latest, or goes on where a transfer of the same snapshot by the same
   * sender ended, after a restart too. One at a time: another one that was begun is dropped.
   */
  receiveSnapshot(id: EntryId, sender: MemberKey): Promise<SnapshotReceiver>;
  /** Once no call is under way. */
  close(): Promise<void>;
}
