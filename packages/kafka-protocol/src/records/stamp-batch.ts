import { TIMESTAMP_TYPE_BIT } from "./batch-attributes.ts";
import { computeCrc } from "./batch-crc.ts";
import { attributes, BatchField, sizeInBytes } from "./batch-header.ts";
import { writeSafeInt64 } from "./int64.ts";

/** Stamps what only the leader knows, in place. Neither field is under the CRC, so it stays as it was. */
export function stampBatch(buffer: Buffer, at: number, baseOffset: number, leaderEpoch: number): void {
  writeSafeInt64(buffer, at + BatchField.baseOffset, baseOffset);
  buffer.writeInt32BE(leaderEpoch, at + BatchField.partitionLeaderEpoch);
}

/**
 * Makes `timestampMs` the time of every record of the batch (`message.timestamp.type=LogAppendTime`), in place. Unlike
 * `stampBatch` this changes bytes under the CRC and reads the whole batch to renew it.
 */
export function setLogAppendTime(buffer: Buffer, at: number, timestampMs: number): void {
  setTimestamp(buffer, at, attributes(buffer, at) | TIMESTAMP_TYPE_BIT, timestampMs);
}

/**
 * Gives every record its own time back, of which `maxTimestampMs` is the latest, in place: what Kafka does with a batch
 * that a client marked as `logAppend` where the topic says CreateTime. Renews the CRC too.
 */
export function setCreateTime(buffer: Buffer, at: number, maxTimestampMs: number): void {
  setTimestamp(buffer, at, attributes(buffer, at) & ~TIMESTAMP_TYPE_BIT, maxTimestampMs);
}

function setTimestamp(buffer: Buffer, at: number, newAttributes: number, timestampMs: number): void {
  buffer.writeInt16BE(newAttributes, at + BatchField.attributes);
  writeSafeInt64(buffer, at + BatchField.maxTimestamp, timestampMs);
  buffer.writeUInt32BE(computeCrc(buffer, at, sizeInBytes(buffer, at)), at + BatchField.crc);
}
