import { assert, type Disk, DiskError } from "@millrace/runtime";
import type { Entry, EntryId, LogIndex, MemberKey, SnapshotId } from "../entry.ts";
import type { HardStateFile } from "./hard-state-file.ts";
import { type OpenedFiles, openStorageFiles } from "./open-storage-files.ts";
import type {
  OpenedSnapshot,
  PersistBatch,
  RaftStorage,
  SnapshotReceiver,
  StoredSnapshot,
  StoredState,
} from "./raft-storage.ts";
import { ScratchBuffer } from "./scratch-buffer.ts";
import { Segment } from "./segment.ts";
import { SnapshotStore } from "./snapshot-store.ts";
import { cleanShutdownName } from "./storage-names.ts";

export interface SegmentedRaftStorageOptions {
  /** A group that finds the newest segment this large or larger goes to a new one; 16 MiB when left out. */
  readonly segmentBytes?: number;
}

const defaultSegmentBytes = 16 * 1024 * 1024;

/**
 * A directory with the log in segments, term and vote in a small file, and the latest snapshot. It expects to be the
 * only one there: lock the data directory first.
 */
export class SegmentedRaftStorage implements RaftStorage {
  readonly initial: StoredState;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #hardState: HardStateFile;
  /** Ascending, without gaps; the last one is written. Empty before the first entry. */
  readonly #segments: Segment[];
  readonly #snapshots: SnapshotStore;
  readonly #scratch = new ScratchBuffer();
  #endIndex: LogIndex;
  /** From the start of a change until it succeeded: a failed one leaves the log in doubt. */
  #isInDoubt = false;
  #isClosed = false;

  /**
   * Cuts what a crash left unfinished. Refuses with a `RaftStorageError` what was damaged, is missing or was written
   * by a newer release, and with a `DiskError` what cannot be read.
   */
  static async open(
    disk: Disk,
    directory: string,
    options: SegmentedRaftStorageOptions = {},
  ): Promise<SegmentedRaftStorage> {
    return new SegmentedRaftStorage(disk, directory, await openStorageFiles(disk, directory), options);
  }

  /** `open` makes storages. */
  private constructor(
    disk: Disk,
    directory: string,
    { initial, hardState, segments }: OpenedFiles,
    options: SegmentedRaftStorageOptions,
  ) {
    this.#disk = disk;
    this.#directory = directory;
    this.initial = initial;
    this.#hardState = hardState;
    this.#segments = segments;
    this.#segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.#snapshots = new SnapshotStore(disk, directory, initial.snapshot);
    this.#endIndex = initial.lastIndex + 1;
  }

  async persist({ hardState, truncateFrom, entries }: PersistBatch): Promise<void> {
    this.#isInDoubt = true;
    if (hardState !== undefined) await this.#hardState.write(hardState);
    if (truncateFrom !== undefined) await this.#truncateSuffix(truncateFrom);
    if (entries.length > 0) {
      assert(entries[0]?.index === this.#endIndex, "entry does not follow the stored log");
      await (await this.#writableSegment()).append(entries, this.#scratch);
      this.#endIndex += entries.length;
    }
    this.#isInDoubt = false;
  }

  async read(from: LogIndex, through: LogIndex, bytesMax: number): Promise<readonly Entry[]> {
    const segment = this.#segments.findLast(({ baseIndex }) => baseIndex <= from);
    if (segment === undefined || from >= segment.endIndex) return [];
    return segment.read(from, through, bytesMax);
  }

  async truncatePrefix(through: LogIndex): Promise<void> {
    assert(through <= (this.#snapshots.latest?.index ?? 0), "compacts beyond the snapshot");
    // The newest stays: it holds the position of the log. Oldest first, so that a crash leaves no gap.
    const covered = this.#segments.slice(0, -1).filter((segment) => segment.endIndex <= through + 1);
    for (const segment of covered) {
      this.#segments.shift();
      await this.#remove(segment);
    }
    if (covered.length > 0) await this.#disk.syncDirectory(this.#directory);
  }

  saveSnapshot(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#snapshots.save(id, chunks);
  }

  loadSnapshot(): Promise<StoredSnapshot | undefined> {
    return this.#snapshots.load();
  }

  openSnapshot(): Promise<OpenedSnapshot | undefined> {
    return this.#snapshots.open();
  }

  receiveSnapshot(id: EntryId, sender: MemberKey): Promise<SnapshotReceiver> {
    return this.#snapshots.receive(id, sender, (installed) => this.#follow(installed));
  }

  async close(): Promise<void> {
    const endIndex = this.#segments.at(-1)?.endIndex ?? 0;
    await this.#snapshots.close();
    await this.#hardState.close();
    for (const segment of this.#segments.splice(0)) await segment.close();
    if (this.#isInDoubt || this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#disk.replaceFile(this.#path(cleanShutdownName), Buffer.from(String(endIndex)));
    } catch (error) {
      // It only makes the next start stricter: a full disk must not spoil the shutdown.
      if (!(error instanceof DiskError)) throw error;
    }
  }

  async #writableSegment(): Promise<Segment> {
    const newest = this.#segments.at(-1);
    if (newest !== undefined && newest.sizeBytes < this.#segmentBytes) return newest;
    const segment = await Segment.create(this.#disk, this.#directory, this.#endIndex);
    this.#segments.push(segment);
    return segment;
  }

  /** Drops a log that does not hold the entry that a received snapshot ends with. */
  async #follow({ index, term }: SnapshotId): Promise<boolean> {
    const [entry] = await this.read(index, index, 0);
    if (entry?.term === term) return true;
    this.#isInDoubt = true;
    await this.#dropSegmentsFrom(0);
    this.#endIndex = index + 1;
    this.#isInDoubt = false;
    return false;
  }

  async #truncateSuffix(from: LogIndex): Promise<void> {
    assert(from > (this.#snapshots.latest?.index ?? 0), "truncates what a snapshot covers");
    await this.#dropSegmentsFrom(from);
    const newest = this.#segments.at(-1);
    if (newest !== undefined && newest.endIndex > from) await newest.truncate(from);
    this.#endIndex = Math.min(this.#endIndex, from);
  }

  /**
   * Newest first and one after the other, so that a crash leaves no gap, and of a log that disagrees with a snapshot
   * the part that shows it.
   */
  async #dropSegmentsFrom(baseIndex: LogIndex): Promise<void> {
    let newest = this.#segments.at(-1);
    while (newest !== undefined && newest.baseIndex >= baseIndex) {
      this.#segments.pop();
      await this.#remove(newest);
      await this.#disk.syncDirectory(this.#directory);
      newest = this.#segments.at(-1);
    }
  }

  async #remove(segment: Segment): Promise<void> {
    await segment.close();
    await this.#disk.remove(segment.path);
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }
}
