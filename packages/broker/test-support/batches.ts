import { type BatchOptions, decodeBatches, RecordBatchBuilder } from "@millrace/kafka-protocol";

/** What `createSimulatedRuntime` takes for now. */
export const NOW_MS = 1_767_225_600_000;

export interface TestBatch extends BatchOptions {
  readonly values: readonly string[];
  /** Null: records without key. */
  readonly key?: string | null;
  readonly timestampMs?: number;
}

/** A batch as a producer sends it. */
export function batchOf({ values, key = null, timestampMs = NOW_MS, ...options }: TestBatch): Buffer {
  const builder = new RecordBatchBuilder();
  for (const value of values) {
    builder.append(timestampMs, key === null ? null : Buffer.from(key), Buffer.from(value));
  }
  return builder.build(options);
}

/** Offsets and values of the records in a fetch response. */
export function recordsOf(records: Buffer | null): [offset: number, value: string][] {
  const batches = records === null ? [] : decodeBatches(records);
  return batches.flatMap((batch) =>
    batch.records.map(({ offset, value }): [number, string] => [Number(offset), String(value)]),
  );
}
