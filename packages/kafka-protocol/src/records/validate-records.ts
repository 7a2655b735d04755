import { ProtocolError } from "../protocol-error.ts";
import { RecordCursor } from "./record-cursor.ts";

/** Kafka answers INVALID_RECORD to all of them. */
export type RecordsProblem =
  /** Lengths or varints that do not fit together. */
  | "malformed"
  /** More or fewer records than the header says. */
  | "countMismatch"
  /** Offsets that do not go 0, 1, 2 and so on. */
  | "offsetGap"
  /** A record without key, where compaction needs one. */
  | "missingKey";

export interface RecordsRules {
  /** Number of records in the batch's header. */
  readonly recordCount: number;
  /** For topics with `cleanup.policy=compact`. */
  readonly keyRequired: boolean;
}

/**
 * What is wrong with the records of a client's batch in a decompressed body, or undefined. Reads every record's
 * framing in place, without allocating for it and without throwing for any bytes.
 */
export function validateRecords(
  body: Buffer,
  rules: RecordsRules,
  start = 0,
  limit = body.length,
): RecordsProblem | undefined {
  const cursor = new RecordCursor(body, start, limit);
  try {
    let count = 0;
    for (; cursor.next(); count++) {
      if (cursor.offsetDelta !== count) return "offsetGap";
      if (rules.keyRequired && cursor.keyLength < 0) return "missingKey";
    }
    return count === rules.recordCount ? undefined : "countMismatch";
  } catch (error) {
    if (error instanceof ProtocolError) return "malformed";
    throw error;
  }
}
