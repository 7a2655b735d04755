import { assert, type Disk, DiskError } from "@millrace/runtime";
import type { Entry, LogIndex, SnapshotId } from "../entry.ts";
import { writeHardState } from "./hard-state-file.ts";
import { openStorageFiles } from "./open-storage-files.ts";
import type { PersistBatch, RaftStorage, StoredSnapshot, StoredState } from "./raft-storage.ts";
import { Segment } from "./segment.ts";
import { readSnapshotChunks, readSnapshotId, snapshotName, writeSnapshotFile } from "./snapshot-file.ts";
import { cleanShutdownName, hardStateName, temporarySuffix } from "./storage-names.ts";

export interface SegmentedRaftStorageOptions {
  /** A group that finds the newest segment this large or larger goes to a new one. */
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
  /** Ascending, without gaps; the last one is written. Empty before the first entry. */
  readonly #segments: Segment[];
  #snapshot: SnapshotId | undefined;
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
    const { initial, segments } = await openStorageFiles(disk, directory);
    return new SegmentedRaftStorage(disk, directory, initial, segments, options);
  }

  /** `open` makes storages. */
  private constructor(
    disk: Disk,
    directory: string,
    initial: StoredState,
    segments: Segment[],
    options: SegmentedRaftStorageOptions,
  ) {
    this.#disk = disk;
    this.#directory = directory;
    this.initial = initial;
    this.#segments = segments;
    this.#segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.#snapshot = initial.snapshot;
    this.#endIndex = initial.lastIndex + 1;
  }

  async persist({ hardState, truncateFrom, entries }: PersistBatch): Promise<void> {
    this.#isInDoubt = true;
    if (hardState !== undefined) await writeHardState(this.#disk, this.#path(hardStateName), hardState);
    if (truncateFrom !== undefined) await this.#truncateSuffix(truncateFrom);
    if (entries.length > 0) {
      assert(entries[0]?.index === this.#endIndex, "entry does not follow the stored log");
      await (await this.#writableSegment()).append(entries);
      this.#endIndex += entries.length;
    }
    this.#isInDoubt = false;
  }

  async read(from: LogIndex, through: LogIndex, bytesMax: number): Promise<readonly Entry[]> {
    const segment = this.#segments.findLast(({ baseIndex }) => baseIndex <= from);
    assert(segment !== undefined && from < this.#endIndex, "read outside of the log");
    return segment.read(from, through, bytesMax);
  }

  async truncatePrefix(through: LogIndex): Promise<void> {
    assert(through <= (this.#snapshot?.index ?? 0), "compacts beyond the snapshot");
    // The newest stays: it holds the position of the log. Oldest first, so that a crash leaves no gap.
    const covered = this.#segments.slice(0, -1).filter((segment) => segment.endIndex <= through + 1);
    for (const segment of covered) {
      this.#segments.shift();
      await this.#remove(segment);
    }
    if (covered.length > 0) await this.#disk.syncDirectory(this.#directory);
  }

  async saveSnapshot(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#path(snapshotName(id));
    const temporary = path + temporarySuffix;
    await writeSnapshotFile(this.#disk, temporary, id, chunks);
    await this.#disk.rename(temporary, path);
    await this.#disk.syncDirectory(this.#directory);
    const older = this.#snapshot;
    this.#snapshot = id;
    if (older !== undefined && snapshotName(older) !== snapshotName(id)) {
      await this.#disk.remove(this.#path(snapshotName(older)));
    }
  }

  async loadSnapshot(): Promise<StoredSnapshot | undefined> {
    if (this.#snapshot === undefined) return undefined;
    const path = this.#path(snapshotName(this.#snapshot));
    return { id: await readSnapshotId(this.#disk, path), chunks: readSnapshotChunks(this.#disk, path) };
  }

  async close(): Promise<void> {
    const endIndex = this.#segments.at(-1)?.endIndex ?? 0;
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

  /** Newest first, so that a crash leaves no gap. */
  async #truncateSuffix(from: LogIndex): Promise<void> {
    assert(from > (this.#snapshot?.index ?? 0), "truncates what a snapshot covers");
    let newest = this.#segments.at(-1);
    while (newest !== undefined && newest.baseIndex >= from) {
      this.#segments.pop();
      await this.#remove(newest);
      await this.#disk.syncDirectory(this.#directory);
      newest = this.#segments.at(-1);
    }
    if (newest !== undefined && newest.endIndex > from) await newest.truncate(from);
    this.#endIndex = Math.min(this.#endIndex, from);
  }

  async #remove(segment: Segment): Promise<void> {
    await segment.close();
    await this.#disk.remove(segment.path);
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }
}
