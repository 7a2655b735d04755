// Messages

export { apiByKey, requestHeaderVersion, responseHeaderVersion } from "./api-table.ts";
export { ApiKey, type ApiName, apis } from "./generated/api-keys.ts";
export {
  decodeRequestHeader,
  decodeResponseHeader,
  encodeRequestHeader,
  encodeResponseHeader,
  peekRequestHeader,
  type RequestHeader,
  type RequestHeaderPeek,
} from "./headers.ts";
export type {
  AnyApiCodec,
  AnyLogRecordCodec,
  AnyMessageCodec,
  ApiCodec,
  ApiDescription,
  LogRecordCodec,
  MessageCodec,
  MessageKind,
  VersionRange,
} from "./message-codec.ts";
export { ProtocolError, type ProtocolErrorReason } from "./protocol-error.ts";
export { ELEMENTS_MAX, Reader, STRING_BYTES_MAX, TAGGED_FIELDS_MAX } from "./reader.ts";
// Record batches
export {
  Compression,
  type CompressionId,
  type CompressionName,
  compressionName,
  type TimestampType,
} from "./records/batch-attributes.ts";
export { computeCrc, isCrcValid } from "./records/batch-crc.ts";
export { BatchCursor, type BatchCursorEnd } from "./records/batch-cursor.ts";
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
export { compress, DECOMPRESSED_BYTES_MAX, decompress } from "./records/compression/codecs.ts";
export {
  buildMarkerBatch,
  type ControlType,
  controlType,
  type MarkerBatchOptions,
  type MarkerType,
  readMarker,
  type TransactionMarker,
} from "./records/control-record.ts";
export { decodeBatch, decodeBatches, decodeRecords } from "./records/decode-batch.ts";
export type { DecodeOptions } from "./records/decode-options.ts";
export { decompressBody } from "./records/decode-v2.ts";
export type { DecodedBatch } from "./records/decoded-batch.ts";
export type { Int64 } from "./records/int64.ts";
export { recompressBatch } from "./records/recompress-batch.ts";
export type { DecodedRecord, RecordHeader } from "./records/record.ts";
export { type BatchOptions, RecordBatchBuilder } from "./records/record-batch-builder.ts";
export { RECORD_SIZE_MIN, RecordCursor } from "./records/record-cursor.ts";
export { setCreateTime, setLogAppendTime, stampBatch } from "./records/stamp-batch.ts";
export {
  type BatchErrorName,
  type BatchOrigin,
  type BatchProblem,
  batchProblems,
  validateBatch,
} from "./records/validate-batch.ts";
export { type RecordsProblem, type RecordsRules, validateRecords } from "./records/validate-records.ts";
export type { HeaderInput } from "./records/write-record.ts";
export { type RecordsInput, recordsSize } from "./records-input.ts";
export type { TaggedField } from "./tagged-field.ts";
export { type Uuid, ZERO_UUID } from "./uuid.ts";
export { SPLICE_BYTES_MIN, Writer } from "./writer.ts";
