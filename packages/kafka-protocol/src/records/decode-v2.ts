import { ProtocolError } from "../protocol-error.ts";
import { compressionName } from "./batch-attributes.ts";
import { isCrcValid } from "./batch-crc.ts";
import {
  BatchField,
  baseSequence,
  compressionId,
  crc,
  hasDeleteHorizon,
  isControl,
  isTransactional,
  lastOffsetDelta,
  partitionLeaderEpoch,
  producerEpoch,
  RECORD_BATCH_MAGIC,
  RECORD_BATCH_OVERHEAD,
  recordCount,
  sizeInBytes,
  timestampType,
} from "./batch-header.ts";
import { decompress } from "./compression/codecs.ts";
import { crcMismatch, type DecodeLimits, tooManyItems } from "./decode-options.ts";
import type { DecodedBatch } from "./decoded-batch.ts";
import { addInt64, readInt64 } from "./int64.ts";
import type { DecodedRecord } from "./record.ts";
import { RecordCursor } from "./record-cursor.ts";

// The whole v2 batch at `at` lies in the buffer: its callers have seen to it.

/** The batch's records as one body for `RecordCursor`: a view, or what it unpacked to. */
export function decompressBody(buffer: Buffer, at: number, bytesMax?: number): Buffer {
  const body = buffer.subarray(at + RECORD_BATCH_OVERHEAD, at + sizeInBytes(buffer, at));
  return decompress(compressionId(buffer, at), body, bytesMax);
}

export function decodeV2Batch(buffer: Buffer, at: number, limits: DecodeLimits): DecodedBatch {
  const records = decodeV2Records(buffer, at, limits);
  const baseOffset = readInt64(buffer, at + BatchField.baseOffset);
  return {
    magic: RECORD_BATCH_MAGIC,
    baseOffset,
    lastOffset: addInt64(baseOffset, lastOffsetDelta(buffer, at)),
    partitionLeaderEpoch: partitionLeaderEpoch(buffer, at),
    crc: crc(buffer, at),
    compression: compressionName(compressionId(buffer, at)) ?? "none",
    timestampType: timestampType(buffer, at),
    maxTimestamp: readInt64(buffer, at + BatchField.maxTimestamp),
    producerId: readInt64(buffer, at + BatchField.producerId),
    producerEpoch: producerEpoch(buffer, at),
    baseSequence: baseSequence(buffer, at),
    isTransactional: isTransactional(buffer, at),
    isControl: isControl(buffer, at),
    deleteHorizonMs: hasDeleteHorizon(buffer, at)
      ? readInt64(buffer, at + BatchField.baseTimestamp)
      : undefined,
    records,
  };
}

export function decodeV2Records(buffer: Buffer, at: number, limits: DecodeLimits): DecodedRecord[] {
  if (limits.verifyCrc && !isCrcValid(buffer, at)) throw crcMismatch();
  const count = recordCount(buffer, at);
  const base = readInt64(buffer, at + BatchField.baseOffset);
  const baseTimestamp = readInt64(buffer, at + BatchField.baseTimestamp);
  const isAppendTime = timestampType(buffer, at) === "logAppend";
  const appendTime = readInt64(buffer, at + BatchField.maxTimestamp);
  const records: DecodedRecord[] = [];
  const cursor = new RecordCursor(decompressBody(buffer, at, limits.decompressedBytesMax));
  let items = 0;
  while (cursor.next()) {
    items += 1 + cursor.headerCount;
    if (items > limits.itemsMax) throw tooManyItems();
    if (records.length === count) throw countMismatch();
    records.push({
      offset: addInt64(base, cursor.offsetDelta),
      timestamp: isAppendTime ? appendTime : addInt64(baseTimestamp, cursor.timestampDelta),
      key: cursor.key(),
      value: cursor.value(),
      headers: cursor.headers(),
    });
  }
  if (records.length !== count) throw countMismatch();
  return records;
}

function countMismatch(): ProtocolError {
  return new ProtocolError("invalid", "a batch has another number of records than it says");
}
