import type { Owner } from "./owner.ts";

export type ColumnType = "int32" | "float64" | "uint8";

export declare class ChunkedColumn {
  static empty(type: ColumnType): ChunkedColumn;
  readonly type: ColumnType;
  readonly length: number;
  get(index: number): number;
  /** Returns this column, changed in place, when `owner` made it; a changed copy otherwise. Assign the result. */
  set(index: number, value: number, owner: Owner): ChunkedColumn;
  push(value: number, owner: Owner): ChunkedColumn;
}
