import { assert } from "@millrace/runtime";
import { readInt64, writeInt64 } from "../int64.ts";
import { IndexTable } from "./index-table.ts";

const ROW_BYTES = 12;

/**
 * Kafka's `.timeindex`: rows of (largest timestamp so far, last offset of the batch that has it - base offset), both
 * ascending. A segment that has ended closes with a row for its largest timestamp.
 */
export class TimeIndex {
  readonly baseOffset: number;
  readonly table: IndexTable;

  private constructor(baseOffset: number, table: IndexTable) {
    this.baseOffset = baseOffset;
    this.table = table;
  }

  static empty(baseOffset: number): TimeIndex {
    return new TimeIndex(baseOffset, new IndexTable(ROW_BYTES));
  }

  /** Undefined when the content cannot be a time index: it is to be rebuilt from the log then. */
  static parse(baseOffset: number, content: Buffer): TimeIndex | undefined {
    if (content.length % ROW_BYTES !== 0) return undefined;
    let timestampMs = -1;
    let relativeOffset = -1;
    for (let at = 0; at < content.length; at += ROW_BYTES) {
      const nextTimestampMs = readInt64(content, at);
      const nextRelativeOffset = content.readInt32BE(at + 8);
      if (!(nextTimestampMs > timestampMs) || nextRelativeOffset < relativeOffset) return undefined;
      timestampMs = nextTimestampMs;
      relativeOffset = nextRelativeOffset;
    }
    return new TimeIndex(baseOffset, new IndexTable(ROW_BYTES, content));
  }

  /** -1 without a row. */
  get lastTimestampMs(): number {
    const { table } = this;
    return table.rows === 0 ? -1 : readInt64(table.buffer, table.at(table.rows - 1));
  }

  /** The base offset without a row. */
  get lastOffset(): number {
    const { table } = this;
    if (table.rows === 0) return this.baseOffset;
    return this.baseOffset + table.buffer.readInt32BE(table.at(table.rows - 1) + 8);
  }

  /** Adds a row if the largest timestamp has grown since the last one. */
  append(timestampMs: number, offset: number): void {
    if (timestampMs <= this.lastTimestampMs) return;
    assert(offset >= this.lastOffset, "time index not ascending");
    const at = this.table.push();
    writeInt64(this.table.buffer, at, timestampMs);
    this.table.buffer.writeInt32BE(offset - this.baseOffset, at + 8);
  }

  /** No batch before the one that holds this offset has a timestamp of `timestampMs` or later. */
  offsetBefore(timestampMs: number): number {
    const { table } = this;
    const rows = table.countWhile((at) => readInt64(table.buffer, at) < timestampMs);
    return rows === 0 ? this.baseOffset : this.baseOffset + table.buffer.readInt32BE(table.at(rows - 1) + 8);
  }

  truncateTo(offset: number): void {
    const { table } = this;
    const relativeOffset = offset - this.baseOffset;
    table.truncate(table.countWhile((at) => table.buffer.readInt32BE(at + 8) < relativeOffset));
  }
}
