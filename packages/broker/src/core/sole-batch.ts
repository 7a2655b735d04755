import { BatchField, LOG_OVERHEAD, magic, RECORD_BATCH_MAGIC, sizeInBytes } from "@millrace/kafka-protocol";
import { ApiError } from "@millrace/runtime";

/** A message of format 0 with null key and value: Kafka's reader takes no shorter length for one. */
const SIZE_MIN = LOG_OVERHEAD + 14;
const SIZE_MAX = 2 ** 31 - 1;

/**
 * The one v2 batch that a client may send for a partition, as Apache Kafka finds it: what follows it and is cut off
 * before its own end counts as nothing, and is not stored. Throws INVALID_RECORD when there is no whole batch, or
 * another one, and CORRUPT_MESSAGE for what can be no batch, be it cut off or not. Of a v2 batch it looks at length and
 * magic only.
 */
export function soleBatch(records: Buffer): Buffer {
  const size = wholeBatchSize(records, 0);
  if (size === undefined) throw invalid("no whole record batch for the partition");
  if (magic(records, 0) !== RECORD_BATCH_MAGIC) throw invalid("record batches have magic 2");
  if (size === records.length) return records;
  if (wholeBatchSize(records, size) !== undefined) {
    throw invalid("one record batch for each partition of a request");
  }
  return records.subarray(0, size);
}

/** Undefined when it is cut off. The checks come in the order of Kafka's: it decides what a few stray bytes are. */
function wholeBatchSize(records: Buffer, at: number): number | undefined {
  const available = records.length - at;
  if (available < LOG_OVERHEAD) return undefined;
  const size = sizeInBytes(records, at);
  // Beyond the maximum Kafka's sum overflows; it answers UNKNOWN_SERVER_ERROR.
  if (size < SIZE_MIN || size > SIZE_MAX) throw corrupt("the length of a record batch cannot be");
  if (available <= BatchField.magic) return undefined;
  const format = magic(records, at);
  if (format < 0 || format > RECORD_BATCH_MAGIC) throw corrupt("no such record batch format");
  return size > available ? undefined : size;
}

function invalid(detail: string): ApiError {
  return new ApiError("INVALID_RECORD", { detail });
}

function corrupt(detail: string): ApiError {
  return new ApiError("CORRUPT_MESSAGE", { detail });
}
