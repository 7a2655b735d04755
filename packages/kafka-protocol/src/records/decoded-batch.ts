import type { CompressionName, TimestampType } from "./batch-attributes.ts";
import type { Int64 } from "./int64.ts";
import type { DecodedRecord } from "./record.ts";

/** A batch of any format, unpacked. In formats 0 and 1 each message is one, unless it wraps compressed ones. */
export interface DecodedBatch {
  readonly magic: number;
  readonly baseOffset: Int64;
  /** Inclusive. */
  readonly lastOffset: Int64;
  readonly partitionLeaderEpoch: number;
  /** As stored: CRC-32C, or CRC-32 in formats 0 and 1. */
  readonly crc: number;
  readonly compression: CompressionName;
  /** Undefined in format 0, which has no timestamps. */
  readonly timestampType: TimestampType | undefined;
  readonly maxTimestamp: Int64;
  readonly producerId: Int64;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly deleteHorizonMs: Int64 | undefined;
  readonly records: readonly DecodedRecord[];
}
