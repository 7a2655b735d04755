import { maxTimestamp, RECORD_BATCH_OVERHEAD } from "@millrace/kafka-protocol";
import { assert, type Disk, DiskError, type DiskFile, type MaybePromise } from "@millrace/runtime";
import { OffsetIndex, RELATIVE_OFFSET_MAX } from "../index-files/offset-index.ts";
import { TimeIndex } from "../index-files/time-index.ts";
import type { TransactionIndex } from "../index-files/transaction-index.ts";
import { defaultLogConfig, type LogConfig } from "../log-config.ts";
import { scanBatches } from "./batch-scan.ts";
import {
  DELETED_SUFFIX,
  joinPath,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./file-names.ts";
import type { OpenSegments } from "./open-segments.ts";
import { ReadEnds } from "./read-ends.ts";
import { type LoadedIndexes, SegmentIndexes } from "./segment-indexes.ts";

/** Positions in an index are int32. */
const SEGMENT_BYTES_MAX = 2 ** 31 - 1;

/** Log first: without it a restart takes the others for leftovers. */
const SEGMENT_SUFFIXES = [
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
  SNAPSHOT_SUFFIX,
];

export interface NextBatch {
  readonly size: number;
  readonly lastOffset: number;
  readonly maxTimestampMs: number;
}

/** Where the segments of one partition lie. */
export interface SegmentPlace {
  readonly disk: Disk;
  /** Changes when the partition is renamed for deletion. */
  directory: string;
  readonly openSegments: OpenSegments;
}

/**
 * One stretch of the log in its own files. Opens when first needed. Readers hold it with `retain` and `release`, so that
 * neither retention nor the bound on open segments closes a file under a read.
 */
export class Segment {
  readonly baseOffset: number;
  /** Another one after each truncation, of which reads that are under way know nothing. */
  readEnds = new ReadEnds();
  readonly #place: SegmentPlace;
  #file: DiskFile | undefined;
  #indexes: SegmentIndexes | undefined;
  #opening: Promise<void> | undefined;
  #creating: Promise<void> | undefined;
  #holders = 0;
  /** Deleted, or its log is closed: whoever comes late must not find, or make, a file of that name. */
  #gone = false;
  /** Whether there is such a file: known from the directory, so that none is looked for. */
  #hasTransactionIndex = false;
  /** Has bytes or rows that are not on the platter: it must stay open. */
  unsaved: boolean;
  /** Bytes given to batches, written or not; -1 until the file was looked at. */
  sizeBytes: number;
  /** Bytes that may be read. */
  writtenBytes: number;
  /** Of the first batch, from which `segment.ms` counts; undefined without batches. */
  firstTimestampMs: number | undefined;

  private constructor(place: SegmentPlace, baseOffset: number, indexes: SegmentIndexes | undefined) {
    this.#place = place;
    this.baseOffset = baseOffset;
    this.#indexes = indexes;
    this.unsaved = indexes !== undefined;
    this.sizeBytes = indexes === undefined ? -1 : 0;
    this.writtenBytes = this.sizeBytes;
  }

  /** One that lies on disk; nothing is read yet. */
  static existing(place: SegmentPlace, baseOffset: number, hasTransactionIndex: boolean): Segment {
    const segment = new Segment(place, baseOffset, undefined);
    segment.#hasTransactionIndex = hasTransactionIndex;
    return segment;
  }

  /** One that takes batches at once; `createFile` comes before the first write. */
  static fresh(place: SegmentPlace, baseOffset: number): Segment {
    return new Segment(place, baseOffset, SegmentIndexes.empty(baseOffset));
  }

  readonly path = (suffix: string): string =>
    joinPath(this.#place.directory, offsetFileName(this.baseOffset, suffix));

  /** Its file does not exist yet. */
  get isFresh(): boolean {
    return this.#file === undefined && this.#indexes !== undefined;
  }

  get file(): DiskFile {
    assert(this.#file !== undefined, "segment is not open");
    return this.#file;
  }

  get indexes(): SegmentIndexes {
    assert(this.#indexes !== undefined, "segment is not open");
    return this.#indexes;
  }

  /** Whether its transaction index has rows: known without opening it. */
  get hasAborted(): boolean {
    return this.#indexes === undefined ? this.#hasTransactionIndex : !this.#indexes.transactions.isEmpty;
  }

  retain(): void {
    this.#holders++;
  }

  release(): void {
    this.#holders--;
    assert(this.#holders >= 0, "segment released too often");
    if (this.#holders === 0 && this.#gone) this.#closeQuietly();
  }

  /** Asked for twice, it is done once. */
  createFile(): Promise<void> {
    this.#creating ??= this.#createFile();
    return this.#creating;
  }

  async #createFile(): Promise<void> {
    const file = await this.#place.disk.open(this.path(LOG_SUFFIX), { mode: "write", diskClass: "log" });
    if ((await file.size()) > 0) await file.truncate(0); // a crash left it behind
    this.#file = file;
  }

  /** Keep it with `retain` across the wait. Rejects once the segment is gone. */
  open(): MaybePromise<void> {
    if (this.#gone && this.#file === undefined) {
      return Promise.reject(new DiskError("NOT_FOUND", this.path(LOG_SUFFIX), "the segment is gone"));
    }
    if (this.#indexes !== undefined) {
      if (this.#file !== undefined) this.#place.openSegments.used(this); // else nothing of it is written
      return;
    }
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    const { positions, transactions } = await this.#load();
    if (transactions === undefined) {
      throw new DiskError("IO", this.path(TRANSACTION_INDEX_SUFFIX), "the transaction index is damaged");
    }
    this.#indexes = positions
      ? new SegmentIndexes(positions.offsets, positions.times, transactions)
      : await this.#indexAnew(transactions);
  }

  /** Opens with what is left of its indexes. False: they are empty now, and all of it is to be noted again. */
  async openToRecover(): Promise<boolean> {
    this.unsaved = true; // stays open
    const { positions, transactions } = await this.#load();
    const undamaged = positions !== undefined && transactions !== undefined;
    this.#indexes = undamaged
      ? new SegmentIndexes(positions.offsets, positions.times, transactions)
      : SegmentIndexes.empty(this.baseOffset);
    // Rows of a file that is made anew must not outlive it.
    this.#indexes.transactions.table.hasFile = this.#hasTransactionIndex;
    return undamaged;
  }

  async #load(): Promise<LoadedIndexes> {
    const { disk } = this.#place;
    const file = await disk.open(this.path(LOG_SUFFIX), { mode: "write", diskClass: "log" });
    this.sizeBytes = await file.size();
    this.writtenBytes = this.sizeBytes;
    this.#file = file;
    this.#place.openSegments.used(this);
    return SegmentIndexes.load(disk, this.path, {
      baseOffset: this.baseOffset,
      logBytes: this.sizeBytes,
      hasTransactions: this.#hasTransactionIndex,
    });
  }

  /** Reads headers only. Nothing but recovery can make a transaction index anew. */
  async #indexAnew(transactions: TransactionIndex): Promise<SegmentIndexes> {
    const { baseOffset } = this;
    const indexes = new SegmentIndexes(
      OffsetIndex.empty(baseOffset),
      TimeIndex.empty(baseOffset),
      transactions,
    );
    const whole = { file: this.file, position: 0, end: this.sizeBytes, minOffset: baseOffset };
    await scanBatches({ ...whole, verifyCrcFrom: Number.POSITIVE_INFINITY }, (buffer, at, size, position) => {
      indexes.note(buffer, at, size, position, defaultLogConfig.indexIntervalBytes);
      return true;
    });
    indexes.end();
    return indexes;
  }

  /** Without opening it, for sums over all segments. */
  async loadSize(): Promise<number> {
    if (this.sizeBytes >= 0) return this.sizeBytes;
    const file = await this.#place.disk.open(this.path(LOG_SUFFIX), { mode: "read", diskClass: "bulk" });
    try {
      const size = await file.size();
      if (this.sizeBytes < 0) this.sizeBytes = size;
      if (this.writtenBytes < 0) this.writtenBytes = size;
    } finally {
      await file.close();
    }
    return this.sizeBytes;
  }

  /** Whether a batch has to go to the next segment instead. */
  isFullFor(batch: NextBatch, config: LogConfig): boolean {
    if (this.sizeBytes === 0) return false;
    return (
      this.sizeBytes + batch.size > Math.min(config.segmentBytes, SEGMENT_BYTES_MAX) ||
      batch.lastOffset - this.baseOffset > RELATIVE_OFFSET_MAX ||
      batch.maxTimestampMs - (this.firstTimestampMs ?? batch.maxTimestampMs) > config.segmentMs ||
      this.indexes.isFull(config.segmentIndexBytes)
    );
  }

  /** Gives the next bytes of the segment to a batch. */
  place(buffer: Buffer, at: number, size: number, indexIntervalBytes: number): void {
    this.firstTimestampMs ??= maxTimestamp(buffer, at);
    this.indexes.note(buffer, at, size, this.sizeBytes, indexIntervalBytes);
    this.sizeBytes += size;
    this.unsaved = true;
  }

  /** Log and indexes are on the platter when it resolves; more may have been added meanwhile. */
  async save(): Promise<void> {
    await this.file.sync();
    await this.indexes.save(this.#place.disk, this.path);
  }

  /** Of a segment that has batches but was not written by this process. */
  async loadFirstTimestamp(): Promise<void> {
    if (this.firstTimestampMs !== undefined || this.writtenBytes < RECORD_BATCH_OVERHEAD) return;
    const header = Buffer.alloc(RECORD_BATCH_OVERHEAD);
    await this.file.read(header, 0);
    this.firstTimestampMs = maxTimestamp(header, 0);
  }

  /** It has ended and is all on the platter: it may be closed when others are needed more. */
  saved(): void {
    this.unsaved = false;
    this.#place.openSegments.used(this);
  }

  /** Nobody reads from `position` on any more; what did so before learns of it by itself. */
  endAt(position: number): void {
    this.readEnds = new ReadEnds();
    this.sizeBytes = position;
    this.writtenBytes = position;
    this.unsaved = true;
    if (position === 0) this.firstTimestampMs = undefined;
  }

  /** Cuts the file. The indexes were rewound and noted up to here. */
  async cut(position: number): Promise<void> {
    this.endAt(position);
    await this.file.truncate(position);
    await this.file.sync(); // or what is cut comes back behind what is written next
  }

  /** False when it is in use or holds what is not on the platter. */
  closeIfIdle(): boolean {
    if (this.#holders > 0 || this.unsaved || this.#opening !== undefined) return false;
    this.#closeQuietly();
    return true;
  }

  /** For good. */
  async close(): Promise<void> {
    this.#gone = true;
    await this.#opening?.catch(() => {});
    await this.#close();
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#hasTransactionIndex = this.hasAborted;
    this.#file = undefined;
    this.#indexes = undefined;
    this.#place.openSegments.closed(this);
    await file?.close();
  }

  /** Renames its files, so that a restart does not find them. They are the caller's to remove later. */
  async retire(): Promise<readonly string[]> {
    this.#gone = true;
    await this.#opening?.catch(() => {});
    const retired: string[] = [];
    for (const suffix of SEGMENT_SUFFIXES) {
      const path = this.path(suffix);
      try {
        await this.#place.disk.rename(path, path + DELETED_SUFFIX);
        retired.push(path + DELETED_SUFFIX);
      } catch (error) {
        if (!(error instanceof DiskError && error.code === "NOT_FOUND")) throw error; // indexes may not exist yet
      }
    }
    this.unsaved = false;
    if (this.#holders === 0) this.#closeQuietly();
    return retired;
  }

  /** Nothing depends on how it ends: all that counts was synced. */
  #closeQuietly(): void {
    this.#close().catch(() => {});
  }
}
