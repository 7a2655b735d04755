export { ProtocolError, type ProtocolErrorReason } from "./protocol-error.ts";

// Record batches
export {
  Compression,
  type CompressionId,
  type CompressionName,
  compressionName,
  type TimestampType,
} from "./records/batch-attributes.ts";
export { computeCrc, isCrcValid } from "./records/batch-crc.ts";
export {
  attributes,
  BatchField,
  baseOffset,
  baseSequence,
  baseTimestamp,
  batchLength,
  compressionId,
  crc,
  deleteHorizonMs,
  hasDeleteHorizon,
  incrementSequence,
  isControl,
  isTransactional,
  LOG_OVERHEAD,
  lastOffset,
  lastOffsetDelta,
  lastSequence,
  magic,
  maxTimestamp,
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  partitionLeaderEpoch,
  producerEpoch,
  producerId,
  RECORD_BATCH_MAGIC,
  RECORD_BATCH_OVERHEAD,
  recordCount,
  sizeInBytes,
  timestampType,
} from "./records/batch-header.ts";
export { setLogAppendTime, stampBatch } from "./records/stamp-batch.ts";
