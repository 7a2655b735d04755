import {
  baseTimestamp,
  Compression,
  compressionId,
  DECOMPRESSED_BYTES_MAX,
  decompressBody,
  NO_TIMESTAMP,
  ProtocolError,
  RecordCursor,
  recompressBatch,
  recordCount,
  timestampType,
  validateRecords,
} from "@millrace/kafka-protocol";
import { ApiError } from "@millrace/runtime";
import type { TopicSettings } from "./topic-settings.ts";

/** One record that was refused, by its place in the batch (KIP-467). */
export interface RecordError {
  readonly batchIndex: number;
  readonly message: string;
}

/** The batch was refused for some of its records. */
export class RecordsRefused extends ApiError {
  readonly recordErrors: readonly RecordError[];

  constructor(id: "INVALID_RECORD" | "INVALID_TIMESTAMP", recordErrors: readonly RecordError[]) {
    super(id, { detail: recordErrors[0]?.message });
    this.recordErrors = recordErrors;
  }
}

/** A response names so many records of a batch; the client only needs one to know. */
const RECORD_ERRORS_MAX = 1_000;

/**
 * Looks at every record of a batch whose header is valid, and returns the batch as the topic stores it: packed with
 * the topic's own codec when it has one. Throws `RecordsRefused`, or `INVALID_RECORD` when they do not fit together.
 */
export function inspectRecords(batch: Buffer, settings: TopicSettings, nowMs: number): Buffer {
  const body = unpack(batch);
  const problem = validateRecords(body, { recordCount: recordCount(batch, 0), keyRequired: false });
  if (problem !== undefined)
    throw new ApiError("INVALID_RECORD", { detail: `the records are bad: ${problem}` });
  if (settings.log.cleanupPolicy.compact) requireKeys(body);
  if (settings.log.messageTimestampType === "create") requireTimestamps(batch, body, settings, nowMs);
  const { compression, compressionLevel } = settings;
  if (compression === undefined || compressionId(batch, 0) === Compression[compression]) return batch;
  return recompressBatch(batch, 0, body, compression, compressionLevel);
}

function unpack(batch: Buffer): Buffer {
  try {
    return decompressBody(batch, 0, DECOMPRESSED_BYTES_MAX);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ApiError("CORRUPT_MESSAGE", { detail: "the records cannot be decompressed", cause: error });
  }
}

function requireKeys(body: Buffer): void {
  const errors: RecordError[] = [];
  const cursor = new RecordCursor(body);
  for (let batchIndex = 0; cursor.next() && errors.length < RECORD_ERRORS_MAX; batchIndex++) {
    if (cursor.keyLength < 0)
      errors.push({ batchIndex, message: "a compacted topic takes no record without key" });
  }
  if (errors.length > 0) throw new RecordsRefused("INVALID_RECORD", errors);
}

function requireTimestamps(batch: Buffer, body: Buffer, settings: TopicSettings, nowMs: number): void {
  if (timestampType(batch, 0) !== "create") {
    throw new RecordsRefused("INVALID_TIMESTAMP", [
      { batchIndex: 0, message: "clients send create times only" },
    ]);
  }
  const earliest = nowMs - settings.timestampBeforeMaxMs;
  const latest = nowMs + settings.timestampAfterMaxMs;
  const base = baseTimestamp(batch, 0);
  const errors: RecordError[] = [];
  const cursor = new RecordCursor(body);
  for (let batchIndex = 0; cursor.next() && errors.length < RECORD_ERRORS_MAX; batchIndex++) {
    const timestamp = base + Number(cursor.timestampDelta);
    if (timestamp === NO_TIMESTAMP || (timestamp >= earliest && timestamp <= latest)) continue;
    errors.push({ batchIndex, message: `timestamp ${timestamp} is not between ${earliest} and ${latest}` });
  }
  if (errors.length > 0) throw new RecordsRefused("INVALID_TIMESTAMP", errors);
}
