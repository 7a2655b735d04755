import {
  CONTROL_BIT,
  Compression,
  type CompressionName,
  TIMESTAMP_TYPE_BIT,
  TRANSACTIONAL_BIT,
} from "./batch-attributes.ts";
import {
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  RECORD_BATCH_OVERHEAD,
} from "./batch-header.ts";
import { compress } from "./compression/codecs.ts";
import type { Int64 } from "./int64.ts";
import { varintSize, writeVarint } from "./varint.ts";
import { writeBatchHeader } from "./write-batch-header.ts";
import { type HeaderInput, recordLength, writeRecord } from "./write-record.ts";

const CAPACITY_DEFAULT = 16 * 1024;
/** A batch's length is an int32 that leaves out its own 12 bytes; this is a little less than it could say. */
const BATCH_BYTES_MAX = 2 ** 31 - 1;
const noHeaders: readonly HeaderInput[] = Object.freeze([]);

/** Everything but the records. What is left out has the value that a plain producer sends. */
export interface BatchOptions {
  readonly baseOffset?: Int64;
  readonly partitionLeaderEpoch?: number;
  readonly compression?: CompressionName;
  /** The codec's own: gzip 1 to 9, zstd 1 to 22; the others have none. */
  readonly compressionLevel?: number;
  readonly producerId?: Int64;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** In ms since the epoch. When set, it is every record's time, and the type is `logAppend`. */
  readonly appendTimestamp?: number;
}

/**
 * Collects records and builds a v2 batch of them. Records are written at once into one growing buffer, in which the
 * header's place is left free; keys and values are copied. Offsets go from the base offset up by one.
 */
export class RecordBatchBuilder {
  readonly #capacity: number;
  #buffer: Buffer | undefined;
  #end = RECORD_BATCH_OVERHEAD;
  #recordCount = 0;
  #baseTimestamp = NO_TIMESTAMP;
  #maxTimestamp = NO_TIMESTAMP;

  /** `capacity`: how many bytes to begin with. The buffer doubles whenever it is full. */
  constructor(capacity = CAPACITY_DEFAULT) {
    this.#capacity = Math.max(capacity, RECORD_BATCH_OVERHEAD);
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** The batch as it stands, uncompressed. */
  get sizeInBytes(): number {
    return this.#end;
  }

  /** By how much `append` of the same arguments would increase `sizeInBytes`. */
  sizeOf(
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly HeaderInput[] = noHeaders,
  ): number {
    const timestampDelta = this.#recordCount === 0 ? 0 : timestamp - this.#baseTimestamp;
    const length = recordLength(timestampDelta, this.#recordCount, key, value, headers);
    return varintSize(length) + length;
  }

  /**
   * `timestamp` is in ms since the epoch, or `NO_TIMESTAMP`. Throws RangeError for another negative one, and for a
   * batch beyond 2 GiB, far above any `max.message.bytes` of use.
   */
  append(
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly HeaderInput[] = noHeaders,
  ): void {
    if (timestamp < NO_TIMESTAMP) throw new RangeError("a negative timestamp");
    const offsetDelta = this.#recordCount;
    const timestampDelta = offsetDelta === 0 ? 0 : timestamp - this.#baseTimestamp;
    const length = recordLength(timestampDelta, offsetDelta, key, value, headers);
    const buffer = this.#reserve(varintSize(length) + length);
    const at = writeVarint(buffer, this.#end, length);
    this.#end = writeRecord(buffer, at, timestampDelta, offsetDelta, key, value, headers);
    if (offsetDelta === 0) {
      this.#baseTimestamp = timestamp;
      this.#maxTimestamp = timestamp;
    } else if (timestamp > this.#maxTimestamp) {
      this.#maxTimestamp = timestamp;
    }
    this.#recordCount = offsetDelta + 1;
  }

  /** The batch, which is the caller's from now on; the builder is empty again. There is at least one record in it. */
  build(options: BatchOptions = {}): Buffer {
    if (this.#buffer === undefined || this.#recordCount === 0)
      throw new RangeError("a batch without records");
    const batch = this.#pack(this.#buffer.subarray(0, this.#end), options);
    writeBatchHeader(batch, {
      baseOffset: options.baseOffset ?? 0,
      partitionLeaderEpoch: options.partitionLeaderEpoch ?? NO_PARTITION_LEADER_EPOCH,
      attributes: attributesOf(options),
      lastOffsetDelta: this.#recordCount - 1,
      baseTimestamp: this.#baseTimestamp,
      maxTimestamp: options.appendTimestamp ?? this.#maxTimestamp,
      producerId: options.producerId ?? NO_PRODUCER_ID,
      producerEpoch: options.producerEpoch ?? NO_PRODUCER_EPOCH,
      baseSequence: options.baseSequence ?? NO_SEQUENCE,
      recordCount: this.#recordCount,
    });
    this.clear();
    return batch;
  }

  /** Drops all records. */
  clear(): void {
    this.#end = RECORD_BATCH_OVERHEAD;
    this.#recordCount = 0;
  }

  /** Uncompressed, the batch is the builder's own buffer, which goes with it; otherwise the buffer stays for the next. */
  #pack(whole: Buffer, options: BatchOptions): Buffer {
    const codec = options.compression ?? "none";
    if (codec === "none") {
      this.#buffer = undefined;
      return whole;
    }
    const body = compress(codec, whole.subarray(RECORD_BATCH_OVERHEAD), options.compressionLevel);
    const batch = Buffer.allocUnsafe(RECORD_BATCH_OVERHEAD + body.length);
    body.copy(batch, RECORD_BATCH_OVERHEAD);
    return batch;
  }

  #reserve(bytes: number): Buffer {
    const needed = this.#end + bytes;
    const buffer = this.#buffer;
    if (buffer !== undefined && needed <= buffer.length) return buffer;
    if (needed > BATCH_BYTES_MAX) throw new RangeError("a record batch beyond 2 GiB");
    const capacity = Math.max(this.#capacity, 2 * (buffer?.length ?? 0), needed);
    const grown = Buffer.allocUnsafeSlow(Math.min(capacity, BATCH_BYTES_MAX));
    buffer?.copy(grown, 0, 0, this.#end);
    this.#buffer = grown;
    return grown;
  }
}

function attributesOf(options: BatchOptions): number {
  return (
    Compression[options.compression ?? "none"] |
    (options.appendTimestamp === undefined ? 0 : TIMESTAMP_TYPE_BIT) |
    (options.isTransactional === true ? TRANSACTIONAL_BIT : 0) |
    (options.isControl === true ? CONTROL_BIT : 0)
  );
}
