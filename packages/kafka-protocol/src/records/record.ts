import type { Int64 } from "./int64.ts";

export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A record of any format, unpacked. `key`, `value` and header values are views into the batch, or into what it unpacked to. */
export interface DecodedRecord {
  readonly offset: Int64;
  /** In ms since the epoch; `NO_TIMESTAMP` in format 0. */
  readonly timestamp: Int64;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}
