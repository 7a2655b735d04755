import { type Clock, type Disk, DiskError, type Timer } from "@millrace/runtime";
import type { LeaderEpochCache } from "./leader-epoch-cache.ts";
import type { SnapshotFiles } from "./producer-state/snapshot-files.ts";
import { joinPath, LEADER_EPOCH_CHECKPOINT } from "./segments/file-names.ts";
import type { Segment, SegmentPlace } from "./segments/segment.ts";
import type { SegmentList } from "./segments/segment-list.ts";

export interface LogFilesOptions {
  readonly place: SegmentPlace;
  readonly segments: SegmentList;
  readonly snapshots: SnapshotFiles;
  readonly epochs: LeaderEpochCache;
  readonly recoveryPoint: number;
}

/** What a partition has on disk, and when it is on the platter. Calls do not overlap: the log runs them one by one. */
export class LogFiles {
  readonly place: SegmentPlace;
  readonly segments: SegmentList;
  readonly snapshots: SnapshotFiles;
  readonly epochs: LeaderEpochCache;
  /** Recovery trusts what lies below: log, indexes, epochs and a producer snapshot were synced up to here. */
  recoveryPoint: number;
  readonly #removals = new Set<Timer>();

  constructor(options: LogFilesOptions) {
    this.place = options.place;
    this.segments = options.segments;
    this.snapshots = options.snapshots;
    this.epochs = options.epochs;
    this.recoveryPoint = options.recoveryPoint;
  }

  /**
   * Everything below `offset`, which is written, is on the platter and recovery begins there. `snapshot` is the producer
   * state before `offset`.
   */
  async saveUpTo(offset: number, snapshot: Buffer, syncDirectory: () => Promise<void>): Promise<void> {
    for (const segment of this.segments.all) {
      if (segment.baseOffset >= offset || !segment.unsaved) continue;
      const complete = segment.writtenBytes === segment.sizeBytes; // it may have ended above `offset`
      await segment.save();
      if (complete && segment !== this.segments.active) segment.saved();
    }
    await syncDirectory();
    await this.saveEpochs();
    if (offset < this.recoveryPoint) return; // a later flush went first
    await this.snapshots.write(offset, snapshot);
    this.recoveryPoint = offset;
    await this.snapshots.removeObsolete(this.segments.all.map((segment) => segment.baseOffset));
  }

  /** Nothing was appended since the last `saveUpTo`, or ever. */
  isSavedUpTo(nextOffset: number): boolean {
    const isEmpty = nextOffset === this.segments.first.baseOffset;
    return this.recoveryPoint === nextOffset && (isEmpty || this.snapshots.has(nextOffset));
  }

  async saveEpochs(): Promise<void> {
    const content = this.epochs.takeChanged();
    if (content === undefined) return;
    await this.place.disk.replaceFile(joinPath(this.place.directory, LEADER_EPOCH_CHECKPOINT), content);
  }

  /** Renames the files of segments that are out of the list, latest first, and frees their bytes after a delay. */
  async retire(segments: readonly Segment[], clock: Clock, delayMs: number): Promise<void> {
    for (const segment of segments.toReversed()) {
      const paths = await segment.retire();
      const timer = clock.setTimer(delayMs, () => {
        this.#removals.delete(timer);
        for (const path of paths) removeQuietly(this.place.disk, path);
      });
      this.#removals.add(timer);
    }
    // A segment that comes back after a crash would stand in the way of what takes its place.
    if (segments.length > 0) await this.place.disk.syncDirectory(this.place.directory);
  }

  async close(): Promise<void> {
    for (const timer of this.#removals) timer.cancel(); // the next start removes what is left
    for (const segment of this.segments.all) await segment.close();
  }
}

/** What cannot be removed now is removed at the next start. */
function removeQuietly(disk: Disk, path: string): void {
  disk.remove(path).catch((error: unknown) => {
    if (!(error instanceof DiskError)) throw error;
  });
}
