import { ProtocolError } from "../protocol-error.ts";
import type { Int64 } from "./int64.ts";
import { RecordBatchBuilder } from "./record-batch-builder.ts";

/** The types of control records (KIP-98, KIP-595, KIP-630, KIP-853), by the number in their key. */
const controlTypes = [
  "abort",
  "commit",
  "leaderChange",
  "snapshotHeader",
  "snapshotFooter",
  "kraftVersion",
  "kraftVoters",
] as const;

export type ControlType = (typeof controlTypes)[number];
export type MarkerType = "abort" | "commit";

export interface TransactionMarker {
  readonly type: MarkerType;
  /** Of the transaction coordinator that decided; an older one is fenced off. */
  readonly coordinatorEpoch: number;
}

export interface MarkerBatchOptions extends TransactionMarker {
  readonly producerId: Int64;
  readonly producerEpoch: number;
  /** In ms since the epoch. */
  readonly timestamp: number;
  readonly baseOffset?: Int64;
  readonly partitionLeaderEpoch?: number;
}

const CURRENT_VERSION = 0;
/** Version and type, both int16. */
const KEY_BYTES = 4;
/** Version (int16) and coordinator epoch (int32). Later versions may only add. */
const MARKER_BYTES = 6;

/** The batch that ends a producer's transaction in a partition (KIP-98). */
export function buildMarkerBatch(options: MarkerBatchOptions): Buffer {
  const { type, coordinatorEpoch, timestamp, ...batchOptions } = options;
  const key = Buffer.alloc(KEY_BYTES);
  key.writeInt16BE(CURRENT_VERSION, 0);
  key.writeInt16BE(controlTypes.indexOf(type), 2);
  const value = Buffer.alloc(MARKER_BYTES);
  value.writeInt16BE(CURRENT_VERSION, 0);
  value.writeInt32BE(coordinatorEpoch, 2);
  const builder = new RecordBatchBuilder(MARKER_BATCH_BYTES);
  builder.append(timestamp, key, value);
  return builder.build({ ...batchOptions, isTransactional: true, isControl: true });
}

const MARKER_BATCH_BYTES = 78;

/** From a control record's key. Undefined for a type of a later Kafka, to be skipped. Throws `ProtocolError`. */
export function controlType(key: Uint8Array | null): ControlType | undefined {
  if (key === null || key.length < KEY_BYTES)
    throw new ProtocolError("truncated", "a control record's key is short");
  const view = viewOf(key);
  if (view.getInt16(0) < 0)
    throw new ProtocolError("invalid", "a control record's key has a negative version");
  return controlTypes[view.getInt16(2)];
}

/** A control record as the end of a transaction; undefined when it is something else. Throws `ProtocolError`. */
export function readMarker(key: Uint8Array | null, value: Uint8Array | null): TransactionMarker | undefined {
  const type = controlType(key);
  if (type !== "abort" && type !== "commit") return undefined;
  if (value === null || value.length < MARKER_BYTES)
    throw new ProtocolError("truncated", "a marker's value is short");
  const view = viewOf(value);
  if (view.getInt16(0) < 0) throw new ProtocolError("invalid", "a marker has a negative version");
  return { type, coordinatorEpoch: view.getInt32(2) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
