import {
  COMPRESSION_MASK,
  CONTROL_BIT,
  DELETE_HORIZON_BIT,
  TIMESTAMP_TYPE_BIT,
  type TimestampType,
  TRANSACTIONAL_BIT,
} from "./batch-attributes.ts";
import { readSafeInt64 } from "./int64.ts";

// In-place reading of a RecordBatch v2 (KIP-98), of which `at` is the first byte. Nothing here allocates or checks
// bounds: the caller has seen `RECORD_BATCH_OVERHEAD` bytes from `at` (`validateBatch`, `BatchCursor`). The first 17
// bytes (base offset, length, and magic) stand alike in all three formats; the rest is v2 only.
//
// int64 fields come as plain numbers; an unsafe one throws `ProtocolError` ("invalid").

/** Base offset and batch length, the bytes that `batchLength` does not count. */
export const LOG_OVERHEAD = 12;

/** Size in bytes of a v2 batch without records, and so of its header. */
export const RECORD_BATCH_OVERHEAD = 61;

/** The one format that is written. 0 and 1 are only read. */
export const RECORD_BATCH_MAGIC = 2;

export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;
export const NO_TIMESTAMP = -1;
export const NO_PARTITION_LEADER_EPOCH = -1;

export const BatchField = {
  baseOffset: 0,
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const;

export function baseOffset(buffer: Buffer, at: number): number {
  return readSafeInt64(buffer, at + BatchField.baseOffset);
}

/** As it stands there, so possibly negative; `sizeInBytes` is this plus `LOG_OVERHEAD`. */
export function batchLength(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + BatchField.batchLength);
}

/** The whole batch, header included. */
export function sizeInBytes(buffer: Buffer, at: number): number {
  return LOG_OVERHEAD + batchLength(buffer, at);
}

export function partitionLeaderEpoch(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + BatchField.partitionLeaderEpoch);
}

export function magic(buffer: Buffer, at: number): number {
  return buffer.readInt8(at + BatchField.magic);
}

/** The stored CRC-32C, unsigned. */
export function crc(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(at + BatchField.crc);
}

export function attributes(buffer: Buffer, at: number): number {
  return buffer.readInt16BE(at + BatchField.attributes);
}

/** 0 to 7; see `compressionName` for those that name a codec. */
export function compressionId(buffer: Buffer, at: number): number {
  return attributes(buffer, at) & COMPRESSION_MASK;
}

export function timestampType(buffer: Buffer, at: number): TimestampType {
  return (attributes(buffer, at) & TIMESTAMP_TYPE_BIT) === 0 ? "create" : "logAppend";
}

export function isTransactional(buffer: Buffer, at: number): boolean {
  return (attributes(buffer, at) & TRANSACTIONAL_BIT) !== 0;
}

export function isControl(buffer: Buffer, at: number): boolean {
  return (attributes(buffer, at) & CONTROL_BIT) !== 0;
}

export function hasDeleteHorizon(buffer: Buffer, at: number): boolean {
  return (attributes(buffer, at) & DELETE_HORIZON_BIT) !== 0;
}

/**
 * When compaction may drop this batch's tombstones and markers, in ms since the epoch (KIP-534). It takes the
 * place of the base timestamp.
 */
export function deleteHorizonMs(buffer: Buffer, at: number): number | undefined {
  return hasDeleteHorizon(buffer, at) ? baseTimestamp(buffer, at) : undefined;
}

export function lastOffsetDelta(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + BatchField.lastOffsetDelta);
}

/** Inclusive. Stays what it was when compaction removes the batch's last records. */
export function lastOffset(buffer: Buffer, at: number): number {
  return baseOffset(buffer, at) + lastOffsetDelta(buffer, at);
}

/** In ms since the epoch, or `NO_TIMESTAMP`. With a delete horizon it is that, not a record's time. */
export function baseTimestamp(buffer: Buffer, at: number): number {
  return readSafeInt64(buffer, at + BatchField.baseTimestamp);
}

/** In ms since the epoch, or `NO_TIMESTAMP`. Every record's timestamp when the type is `logAppend`. */
export function maxTimestamp(buffer: Buffer, at: number): number {
  return readSafeInt64(buffer, at + BatchField.maxTimestamp);
}

/** `NO_PRODUCER_ID` unless idempotent. Controllers hand ids out from 0 up in blocks, so they are always safe. */
export function producerId(buffer: Buffer, at: number): number {
  return readSafeInt64(buffer, at + BatchField.producerId);
}

export function producerEpoch(buffer: Buffer, at: number): number {
  return buffer.readInt16BE(at + BatchField.producerEpoch);
}

export function baseSequence(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + BatchField.baseSequence);
}

/** Inclusive; `NO_SEQUENCE` when the batch has none. */
export function lastSequence(buffer: Buffer, at: number): number {
  const base = baseSequence(buffer, at);
  return base === NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(base, lastOffsetDelta(buffer, at));
}

/** Sequences are non-negative int32 and go on with 0 after 2^31 - 1 (KIP-98). */
export function incrementSequence(sequence: number, by: number): number {
  return (sequence + by) % 2 ** 31;
}

export function recordCount(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + BatchField.recordCount);
}
