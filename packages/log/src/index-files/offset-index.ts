import { assert } from "@millrace/runtime";
import { IndexTable } from "./index-table.ts";

const ROW_BYTES = 8;

/** The largest distance of an offset from its segment's base that a row can hold. */
export const RELATIVE_OFFSET_MAX = 2 ** 31 - 1;

/**
 * Kafka's `.index`: rows of (last offset of a batch - base offset, position of that batch in the log), both ascending,
 * one about every `index.interval.bytes`.
 */
export class OffsetIndex {
  readonly baseOffset: number;
  readonly table: IndexTable;

  private constructor(baseOffset: number, table: IndexTable) {
    this.baseOffset = baseOffset;
    this.table = table;
  }

  static empty(baseOffset: number): OffsetIndex {
    return new OffsetIndex(baseOffset, new IndexTable(ROW_BYTES));
  }

  /** Undefined when the content cannot be an index of that segment: it is to be rebuilt from the log then. */
  static parse(baseOffset: number, content: Buffer, logBytes: number): OffsetIndex | undefined {
    if (content.length % ROW_BYTES !== 0) return undefined;
    let relativeOffset = -1;
    let position = -1;
    for (let at = 0; at < content.length; at += ROW_BYTES) {
      const nextRelativeOffset = content.readInt32BE(at);
      const nextPosition = content.readInt32BE(at + 4);
      if (nextRelativeOffset <= relativeOffset || nextPosition <= position) return undefined;
      relativeOffset = nextRelativeOffset;
      position = nextPosition;
    }
    return position < logBytes ? new OffsetIndex(baseOffset, new IndexTable(ROW_BYTES, content)) : undefined;
  }

  append(lastOffset: number, position: number): void {
    const { table } = this;
    const relativeOffset = lastOffset - this.baseOffset;
    assert(relativeOffset >= 0 && relativeOffset <= RELATIVE_OFFSET_MAX, "offset beyond its segment");
    const at = table.push();
    assert(
      at === 0 || table.buffer.readInt32BE(at - ROW_BYTES) < relativeOffset,
      "offset index not ascending",
    );
    table.buffer.writeInt32BE(relativeOffset, at);
    table.buffer.writeInt32BE(position, at + 4);
  }

  /** A position at or before the batch that holds `offset`, and after most of what lies below it. */
  positionBefore(offset: number): number {
    const { table } = this;
    const relativeOffset = offset - this.baseOffset;
    const rows = table.countWhile((at) => table.buffer.readInt32BE(at) <= relativeOffset);
    return rows === 0 ? 0 : table.buffer.readInt32BE(table.at(rows - 1) + 4);
  }

  /** Of the batch of the last row; 0 without rows. */
  get lastPosition(): number {
    const { table } = this;
    return table.rows === 0 ? 0 : table.buffer.readInt32BE(table.at(table.rows - 1) + 4);
  }

  /** Drops the rows of batches that hold `offset` or later ones. */
  truncateTo(offset: number): void {
    const { table } = this;
    const relativeOffset = offset - this.baseOffset;
    table.truncate(table.countWhile((at) => table.buffer.readInt32BE(at) < relativeOffset));
  }
}
