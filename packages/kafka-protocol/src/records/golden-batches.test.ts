import { describe, expect, test } from "vitest";
import { type GoldenBatch, type GoldenRecord, goldenBatches } from "../../test-support/golden-batches.ts";
import { BatchField } from "./batch-header.ts";
import { decodeBatch, decodeBatches } from "./decode-batch.ts";
import type { DecodedBatch } from "./decoded-batch.ts";
import { readInt64 } from "./int64.ts";
import type { DecodedRecord } from "./record.ts";
import { RecordBatchBuilder } from "./record-batch-builder.ts";

const timestampTypes = { create: "CreateTime", logAppend: "LogAppendTime" } as const;

function asGolden(batch: DecodedBatch): GoldenBatch {
  return {
    baseOffset: String(batch.baseOffset),
    lastOffset: String(batch.lastOffset),
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    magic: batch.magic,
    crc: batch.crc,
    compression: batch.compression,
    timestampType:
      batch.timestampType === undefined ? "NoTimestampType" : timestampTypes[batch.timestampType],
    maxTimestamp: String(batch.maxTimestamp),
    producerId: String(batch.producerId),
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    transactional: batch.isTransactional,
    control: batch.isControl,
    deleteHorizonMs: batch.deleteHorizonMs === undefined ? null : String(batch.deleteHorizonMs),
    records: batch.records.map(recordAsGolden),
  };
}

function recordAsGolden(record: DecodedRecord): GoldenRecord {
  return {
    offset: String(record.offset),
    timestamp: String(record.timestamp),
    key: base64(record.key),
    value: base64(record.value),
    headers: record.headers.map(({ key, value }) => ({ key, value: base64(value) })),
  };
}

function base64(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString("base64");
}

function rebuild(bytes: Buffer, batch: DecodedBatch): Buffer {
  // Under log-append time the records keep deltas that nobody sees; only a first delta of 0 gives the base away.
  const baseTimestamp = Number(readInt64(bytes, BatchField.baseTimestamp));
  const isAppendTime = batch.timestampType === "logAppend";
  const original = isAppendTime ? decodeBatch(withCreateTime(bytes), 0, { verifyCrc: false }) : batch;
  expect(original.records[0]?.timestamp).toBe(baseTimestamp);
  const builder = new RecordBatchBuilder();
  for (const { timestamp, key, value, headers } of original.records) {
    builder.append(Number(timestamp), key, value, headers);
  }
  const { maxTimestamp } = batch;
  return builder.build({ ...batch, ...(isAppendTime && { appendTimestamp: Number(maxTimestamp) }) });
}

function withCreateTime(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeInt16BE(copy.readInt16BE(BatchField.attributes) & ~0x08, BatchField.attributes);
  return copy;
}

describe("Kafka's own batches", () => {
  test.each(goldenBatches)("$name decodes to its records", ({ bytes, batches }) => {
    expect(decodeBatches(bytes).map(asGolden)).toEqual(batches);
  });

  const uncompressed = goldenBatches.filter(
    ({ batches }) => batches[0]?.magic === 2 && batches[0].compression === "none",
  );

  test.each(uncompressed)("$name is rebuilt byte for byte", ({ bytes }) => {
    expect(rebuild(bytes, decodeBatch(bytes)).toString("hex")).toBe(bytes.toString("hex"));
  });

  const snappy = goldenBatches.filter(({ batches }) => batches[0]?.compression === "snappy");

  test.each(snappy)("$name is rebuilt byte for byte", ({ bytes }) => {
    expect(rebuild(bytes, decodeBatch(bytes)).equals(bytes)).toBe(true);
  });
});
