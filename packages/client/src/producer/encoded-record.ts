import type { HeaderInput } from "@millrace/kafka-protocol";
import type { Clock } from "@millrace/runtime";
import { type ProducerRecord, payloadBytes } from "./producer-record.ts";

/** What the objects around a record take, roughly. */
const OVERHEAD_BYTES = 64;

/** A record as it goes into a batch. */
export interface EncodedRecord {
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly HeaderInput[];
}

const noHeaders: readonly HeaderInput[] = [];

/** Text becomes UTF-8, and a record without a time gets that of `clock`. */
export function encodeRecord(
  { timestampMs, key, value, headers }: ProducerRecord,
  clock: Clock,
): EncodedRecord {
  return {
    timestampMs: timestampMs ?? clock.nowMs(),
    key: payloadBytes(key),
    value: payloadBytes(value),
    headers:
      headers === undefined
        ? noHeaders
        : Object.entries(headers).map(([name, payload]) => ({ key: name, value: payloadBytes(payload) })),
  };
}

/** What it takes in memory while it waits, in bytes. */
export function sizeOf({ key, value, headers }: EncodedRecord): number {
  let bytes = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) bytes += Buffer.byteLength(header.key) + (header.value?.length ?? 0);
  return bytes;
}
