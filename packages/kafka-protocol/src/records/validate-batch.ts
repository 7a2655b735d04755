import { compressionName } from "./batch-attributes.ts";
import { isCrcValid } from "./batch-crc.ts";
import {
  BatchField,
  baseOffset,
  baseSequence,
  batchLength,
  compressionId,
  isControl,
  LOG_OVERHEAD,
  lastOffset,
  lastOffsetDelta,
  magic,
  NO_PRODUCER_ID,
  producerEpoch,
  producerId,
  RECORD_BATCH_MAGIC,
  RECORD_BATCH_OVERHEAD,
  recordCount,
} from "./batch-header.ts";
import { isSafeInt64 } from "./int64.ts";
import { RECORD_SIZE_MIN } from "./record-cursor.ts";

/**
 * What may be wrong with a batch, each with the error that a producer gets for it: Kafka 4.3.1's own, as seen when it
 * was sent such batches, except where it fails (`unknownCompression`) or looks away (`badProducer` but for a missing
 * sequence).
 */
export const batchProblems = {
  /** The region ends before the batch does: there is no whole batch in it. */
  truncated: "INVALID_RECORD",
  /** A length too small for a header. */
  impossibleLength: "CORRUPT_MESSAGE",
  unknownMagic: "CORRUPT_MESSAGE",
  /** A message of format 0 or 1, which may be read from old logs but not produced. */
  legacyFormat: "INVALID_RECORD",
  crcMismatch: "CORRUPT_MESSAGE",
  unknownCompression: "UNSUPPORTED_COMPRESSION_TYPE",
  /** A timestamp beyond 2^53 ms. */
  unsafeTimestamp: "INVALID_TIMESTAMP",
  /** A negative base offset or one whose last offset lies beyond 2^53. */
  badOffsets: "INVALID_RECORD",
  /** A negative number of records, or more than the bytes could hold. */
  badRecordCount: "INVALID_RECORD",
  /** A producer id beyond 2^53; from a client, also a negative one or one without epoch or sequence. */
  badProducer: "INVALID_RECORD",
  /** A client's batch starts at 0 and has no gaps: `lastOffsetDelta` is the number of records less one. */
  clientOffsets: "INVALID_RECORD",
  emptyFromClient: "INVALID_RECORD",
  /** Markers are written by coordinators and brokers only. */
  controlFromClient: "INVALID_RECORD",
} as const;

export type BatchProblem = keyof typeof batchProblems;
export type BatchErrorName = (typeof batchProblems)[BatchProblem];

/** `client` adds the rules for batches that a producer sends to those that hold for every batch in a log. */
export type BatchOrigin = "client" | "log";

/**
 * What is wrong with the header of the batch at `at`, or undefined. Reads nothing at or after `limit` (at most the
 * buffer's length), allocates nothing but the view for the CRC, and throws for no bytes whatever. Once it is
 * satisfied, no accessor of this batch throws. The records themselves are not looked at: `validateRecords`.
 */
export function validateBatch(
  buffer: Buffer,
  at: number,
  limit: number,
  origin: BatchOrigin,
): BatchProblem | undefined {
  return (
    framingProblem(buffer, at, limit) ??
    (isCrcValid(buffer, at) ? undefined : "crcMismatch") ??
    headerProblem(buffer, at) ??
    (origin === "client" ? clientProblem(buffer, at) : undefined)
  );
}

function framingProblem(buffer: Buffer, at: number, limit: number): BatchProblem | undefined {
  const available = limit - at;
  if (available <= BatchField.magic) return "truncated";
  const format = magic(buffer, at);
  if (format < 0 || format > RECORD_BATCH_MAGIC) return "unknownMagic";
  if (format !== RECORD_BATCH_MAGIC) return "legacyFormat";
  const length = batchLength(buffer, at);
  if (length < RECORD_BATCH_OVERHEAD - LOG_OVERHEAD) return "impossibleLength";
  return LOG_OVERHEAD + length > available ? "truncated" : undefined;
}

function headerProblem(buffer: Buffer, at: number): BatchProblem | undefined {
  const codec = compressionName(compressionId(buffer, at));
  if (codec === undefined) return "unknownCompression";
  if (!isSafeInt64(buffer, at + BatchField.baseTimestamp)) return "unsafeTimestamp";
  if (!isSafeInt64(buffer, at + BatchField.maxTimestamp)) return "unsafeTimestamp";
  if (hasBadOffsets(buffer, at)) return "badOffsets";
  const count = recordCount(buffer, at);
  if (count < 0) return "badRecordCount";
  const bodyBytes = batchLength(buffer, at) + LOG_OVERHEAD - RECORD_BATCH_OVERHEAD;
  if (codec === "none" && count * RECORD_SIZE_MIN > bodyBytes) return "badRecordCount";
  return isSafeInt64(buffer, at + BatchField.producerId) ? undefined : "badProducer";
}

function hasBadOffsets(buffer: Buffer, at: number): boolean {
  if (!isSafeInt64(buffer, at + BatchField.baseOffset)) return true;
  if (baseOffset(buffer, at) < 0 || lastOffsetDelta(buffer, at) < 0) return true;
  return !Number.isSafeInteger(lastOffset(buffer, at));
}

function clientProblem(buffer: Buffer, at: number): BatchProblem | undefined {
  if (isControl(buffer, at)) return "controlFromClient";
  const count = recordCount(buffer, at);
  if (count === 0) return "emptyFromClient";
  if (baseOffset(buffer, at) !== 0 || lastOffsetDelta(buffer, at) !== count - 1) return "clientOffsets";
  return hasBadProducer(buffer, at) ? "badProducer" : undefined;
}

function hasBadProducer(buffer: Buffer, at: number): boolean {
  const id = producerId(buffer, at);
  if (id === NO_PRODUCER_ID) return false;
  return id < 0 || producerEpoch(buffer, at) < 0 || baseSequence(buffer, at) < 0;
}
