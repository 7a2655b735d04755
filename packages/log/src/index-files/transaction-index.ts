import { readInt64, writeInt64 } from "../int64.ts";
import { IndexTable } from "./index-table.ts";

const VERSION = 0;
const ROW_BYTES = 34;

export interface AbortedTransactionRow {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the abort marker. */
  readonly lastOffset: number;
  /** What the last stable offset was once this transaction had ended: no earlier row can matter above it. */
  readonly lastStableOffset: number;
}

/** Kafka's `.txnindex`: a row for every transaction whose abort marker lies in the segment, in order of the markers. */
export class TransactionIndex {
  readonly table: IndexTable;

  private constructor(table: IndexTable) {
    this.table = table;
  }

  static empty(): TransactionIndex {
    return new TransactionIndex(new IndexTable(ROW_BYTES));
  }

  /** Undefined when the content cannot be a transaction index. */
  static parse(content: Buffer): TransactionIndex | undefined {
    if (content.length % ROW_BYTES !== 0) return undefined;
    let lastOffset = -1;
    for (let at = 0; at < content.length; at += ROW_BYTES) {
      const nextLastOffset = readInt64(content, at + 18);
      if (content.readInt16BE(at) !== VERSION || !(nextLastOffset > lastOffset)) return undefined;
      lastOffset = nextLastOffset;
    }
    return new TransactionIndex(new IndexTable(ROW_BYTES, content));
  }

  append(row: AbortedTransactionRow): void {
    const at = this.table.push();
    const { buffer } = this.table;
    buffer.writeInt16BE(VERSION, at);
    writeInt64(buffer, at + 2, row.producerId);
    writeInt64(buffer, at + 10, row.firstOffset);
    writeInt64(buffer, at + 18, row.lastOffset);
    writeInt64(buffer, at + 26, row.lastStableOffset);
  }

  get isEmpty(): boolean {
    return this.table.rows === 0;
  }

  row(index: number): AbortedTransactionRow {
    const { buffer } = this.table;
    const at = this.table.at(index);
    return {
      producerId: readInt64(buffer, at + 2),
      firstOffset: readInt64(buffer, at + 10),
      lastOffset: readInt64(buffer, at + 18),
      lastStableOffset: readInt64(buffer, at + 26),
    };
  }

  /**
   * Adds the transactions that touch offsets in [`from`, `end`) to `found`. True when those of later segments
   * cannot: the last stable offset had reached `end` within this one.
   */
  collect(from: number, end: number, found: AbortedTransactionRow[]): boolean {
    for (let index = 0; index < this.table.rows; index++) {
      const row = this.row(index);
      if (row.lastOffset >= from && row.firstOffset < end) found.push(row);
      if (row.lastStableOffset >= end) return true;
    }
    return false;
  }

  /** Drops the rows of markers at or after `offset`. */
  truncateTo(offset: number): void {
    const { table } = this;
    table.truncate(table.countWhile((at) => readInt64(table.buffer, at + 18) < offset));
  }
}
