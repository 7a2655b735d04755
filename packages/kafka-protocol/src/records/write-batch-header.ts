import { computeCrc } from "./batch-crc.ts";
import { BatchField, LOG_OVERHEAD, RECORD_BATCH_MAGIC } from "./batch-header.ts";
import { type Int64, writeInt64 } from "./int64.ts";

export interface BatchHeader {
  readonly baseOffset: Int64;
  readonly partitionLeaderEpoch: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: Int64;
  readonly maxTimestamp: Int64;
  readonly producerId: Int64;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** Writes the header before the records that already stand in `batch`, which is the whole batch; the CRC comes last. */
export function writeBatchHeader(batch: Buffer, header: BatchHeader): void {
  writeInt64(batch, BatchField.baseOffset, header.baseOffset);
  batch.writeInt32BE(batch.length - LOG_OVERHEAD, BatchField.batchLength);
  batch.writeInt32BE(header.partitionLeaderEpoch, BatchField.partitionLeaderEpoch);
  batch.writeInt8(RECORD_BATCH_MAGIC, BatchField.magic);
  batch.writeInt16BE(header.attributes, BatchField.attributes);
  batch.writeInt32BE(header.lastOffsetDelta, BatchField.lastOffsetDelta);
  writeInt64(batch, BatchField.baseTimestamp, header.baseTimestamp);
  writeInt64(batch, BatchField.maxTimestamp, header.maxTimestamp);
  writeInt64(batch, BatchField.producerId, header.producerId);
  batch.writeInt16BE(header.producerEpoch, BatchField.producerEpoch);
  batch.writeInt32BE(header.baseSequence, BatchField.baseSequence);
  batch.writeInt32BE(header.recordCount, BatchField.recordCount);
  batch.writeUInt32BE(computeCrc(batch, 0, batch.length), BatchField.crc);
}
