import {
  type BatchProblem,
  baseOffset,
  batchProblems,
  Compression,
  compressionId,
  isTransactional,
  maxTimestamp,
  NO_TIMESTAMP,
  timestampType,
  validateBatch,
} from "@millrace/kafka-protocol";
import { ApiError, type ErrorName } from "@millrace/runtime";
import type { TopicSettings } from "./topic-settings.ts";

/** What the request around a batch says about it. */
export interface ProducedBatch {
  /** As `soleBatch` found it. */
  readonly records: Buffer;
  /** zstd came with version 7 of Produce (KIP-110). */
  readonly zstdAllowed: boolean;
  readonly nowMs: number;
}

/** Whether each record has to be looked at, which costs far more than its batch's header. */
export interface BatchVerdict {
  readonly inspectRecords: boolean;
}

const LOOK: BatchVerdict = { inspectRecords: true };
const DO_NOT_LOOK: BatchVerdict = { inspectRecords: false };

/** Checks the batch's header and CRC in place. Throws the `ApiError` that Kafka answers. */
export function validateProducedBatch(produced: ProducedBatch, settings: TopicSettings): BatchVerdict {
  const { records } = produced;
  if (compressionId(records, 0) === Compression.zstd && !produced.zstdAllowed) {
    throw new ApiError("UNSUPPORTED_COMPRESSION_TYPE", { detail: "zstd needs Produce version 7" });
  }
  if (records.length > settings.maxMessageBytes) {
    throw new ApiError("MESSAGE_TOO_LARGE", {
      detail: `a batch of ${records.length} bytes; the topic takes ${settings.maxMessageBytes}`,
    });
  }
  const problem = validateBatch(records, 0, records.length, "client");
  if (problem !== undefined) throw new ApiError(errorOf(problem), { detail: problemTexts[problem] });
  if (baseOffset(records, 0) !== 0) throw invalid("a client's batch has the base offset 0");
  if (isTransactional(records, 0)) {
    throw new ApiError("INVALID_TXN_STATE", { detail: "transactions are not served yet" });
  }
  return needsInspection(produced, settings) ? LOOK : DO_NOT_LOOK;
}

function needsInspection({ records, nowMs }: ProducedBatch, settings: TopicSettings): boolean {
  const { log, timestampAfterMaxMs, timestampBeforeMaxMs } = settings;
  if (log.cleanupPolicy.compact) return true;
  if (settings.compression !== undefined && compressionId(records, 0) !== Compression[settings.compression])
    return true;
  if (log.messageTimestampType === "logAppend") return false; // none of the client's timestamps will count
  if (timestampType(records, 0) !== "create") return true;
  const latest = maxTimestamp(records, 0);
  // Only the latest timestamp stands in the header; a bound for old ones is rare.
  return (
    (latest !== NO_TIMESTAMP && latest - nowMs > timestampAfterMaxMs) || nowMs - timestampBeforeMaxMs > 0
  );
}

/** A message of format 0 or 1 in a request that has room for v2 only is INVALID_RECORD to Kafka's broker. */
function errorOf(problem: BatchProblem): ErrorName {
  return problem === "legacyFormat" ? "INVALID_RECORD" : batchProblems[problem];
}

const problemTexts: Readonly<Record<BatchProblem, string>> = {
  truncated: "the record batch ends before its length",
  impossibleLength: "the record batch is shorter than a header",
  unknownMagic: "no such record batch format",
  legacyFormat: "record batches have magic 2",
  crcMismatch: "the CRC of the record batch is wrong",
  unknownCompression: "no such compression type",
  unsafeTimestamp: "a timestamp beyond 2^53 milliseconds",
  badOffsets: "offsets of the record batch are negative or too large",
  badRecordCount: "the number of records cannot be",
  badProducer: "a producer id without epoch or sequence",
  clientOffsets: "the last offset delta is not the number of records less one",
  emptyFromClient: "a record batch without records",
  controlFromClient: "clients do not write control records",
};

function invalid(detail: string): ApiError {
  return new ApiError("INVALID_RECORD", { detail });
}
