import { lastOffset, maxTimestamp } from "@millrace/kafka-protocol";
import type { Disk } from "@millrace/runtime";
import { OffsetIndex } from "../index-files/offset-index.ts";
import { saveIndex } from "../index-files/save-index.ts";
import { TimeIndex } from "../index-files/time-index.ts";
import { TransactionIndex } from "../index-files/transaction-index.ts";
import { OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX } from "./file-names.ts";

const ROW_BYTES_OFFSET = 8;
const ROW_BYTES_TIME = 12;

export interface LoadedIndexes {
  /** Undefined when a file is missing or makes no sense: the log's headers say it all again. */
  readonly positions: { readonly offsets: OffsetIndex; readonly times: TimeIndex } | undefined;
  /** Undefined when the file makes no sense; none is an empty one. */
  readonly transactions: TransactionIndex | undefined;
}

/** The three indexes of a segment, and what decides when they get a row. */
export class SegmentIndexes {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
  readonly transactions: TransactionIndex;
  /** -1 without batches, or when none has a timestamp. */
  maxTimestampMs: number;
  /** Last offset of the first batch with that timestamp. */
  #maxTimestampOffset: number;
  #bytesSinceRow = 0;

  constructor(offsets: OffsetIndex, times: TimeIndex, transactions: TransactionIndex) {
    this.offsets = offsets;
    this.times = times;
    this.transactions = transactions;
    this.maxTimestampMs = times.lastTimestampMs;
    this.#maxTimestampOffset = times.lastOffset;
  }

  static empty(baseOffset: number): SegmentIndexes {
    return new SegmentIndexes(
      OffsetIndex.empty(baseOffset),
      TimeIndex.empty(baseOffset),
      TransactionIndex.empty(),
    );
  }

  static async load(
    disk: Disk,
    path: (suffix: string) => string,
    {
      baseOffset,
      logBytes,
      hasTransactions,
    }: { baseOffset: number; logBytes: number; hasTransactions: boolean },
  ): Promise<LoadedIndexes> {
    const [offsetRows, timeRows, transactionRows] = await Promise.all([
      disk.readFile(path(OFFSET_INDEX_SUFFIX)),
      disk.readFile(path(TIME_INDEX_SUFFIX)),
      hasTransactions ? disk.readFile(path(TRANSACTION_INDEX_SUFFIX)) : undefined,
    ]);
    const offsets = offsetRows && OffsetIndex.parse(baseOffset, offsetRows, logBytes);
    const times = timeRows && TimeIndex.parse(baseOffset, timeRows);
    const transactions = transactionRows ? TransactionIndex.parse(transactionRows) : TransactionIndex.empty();
    return {
      positions: offsets && times && { offsets, times },
      transactions,
    };
  }

  /** A batch that stands at `position`, in order. */
  note(buffer: Buffer, at: number, size: number, position: number, intervalBytes: number): void {
    const timestampMs = maxTimestamp(buffer, at);
    const last = lastOffset(buffer, at);
    if (timestampMs > this.maxTimestampMs) {
      this.maxTimestampMs = timestampMs;
      this.#maxTimestampOffset = last;
    }
    if (this.#bytesSinceRow > intervalBytes) {
      this.offsets.append(last, position);
      this.times.append(this.maxTimestampMs, this.#maxTimestampOffset);
      this.#bytesSinceRow = 0;
    }
    this.#bytesSinceRow += size;
  }

  /** The last row of a segment: retention goes by it. */
  end(): void {
    this.times.append(this.maxTimestampMs, this.#maxTimestampOffset);
  }

  isFull(indexBytesMax: number): boolean {
    return (
      (this.offsets.table.rows + 1) * ROW_BYTES_OFFSET > indexBytesMax ||
      (this.times.table.rows + 2) * ROW_BYTES_TIME > indexBytesMax // one is kept for `end`
    );
  }

  /**
   * Drops rows from `offset` on and answers the position from which batches are to be noted again, so that all is as if
   * the rest had never been.
   */
  rewindTo(offset: number): number {
    this.offsets.truncateTo(offset);
    this.times.truncateTo(offset);
    this.transactions.truncateTo(offset);
    this.maxTimestampMs = this.times.lastTimestampMs;
    this.#maxTimestampOffset = this.times.lastOffset;
    this.#bytesSinceRow = 0;
    return this.offsets.lastPosition;
  }

  async save(disk: Disk, path: (suffix: string) => string): Promise<void> {
    await saveIndex(disk, path(OFFSET_INDEX_SUFFIX), this.offsets.table);
    await saveIndex(disk, path(TIME_INDEX_SUFFIX), this.times.table);
    const { transactions } = this;
    if (!transactions.isEmpty || transactions.table.hasFile) {
      await saveIndex(disk, path(TRANSACTION_INDEX_SUFFIX), transactions.table);
    }
  }
}
