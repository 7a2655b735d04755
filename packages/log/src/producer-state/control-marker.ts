import { compressionId, RECORD_BATCH_OVERHEAD, RecordCursor } from "@millrace/kafka-protocol";

const ABORT = 0;
const COMMIT = 1;
/** Version and type of the key; version and coordinator epoch of the value. */
const KEY_BYTES_MIN = 4;
const VALUE_BYTES_MIN = 6;

export interface EndTransactionMarker {
  readonly outcome: "commit" | "abort";
  readonly coordinatorEpoch: number;
}

/**
 * The marker in a control batch (KIP-98): its only record. Undefined for control records that end no transaction
 * (those of Kafka's raft, and types to come).
 */
export function readMarker(buffer: Buffer, at: number, size: number): EndTransactionMarker | undefined {
  if (compressionId(buffer, at) !== 0) return undefined;
  const record = new RecordCursor(buffer, at + RECORD_BATCH_OVERHEAD, at + size);
  if (!record.next() || record.keyLength < KEY_BYTES_MIN || record.valueLength < VALUE_BYTES_MIN)
    return undefined;
  const type = buffer.readInt16BE(record.keyAt + 2);
  if (type !== ABORT && type !== COMMIT) return undefined;
  return {
    outcome: type === COMMIT ? "commit" : "abort",
    coordinatorEpoch: buffer.readInt32BE(record.valueAt + 2),
  };
}
