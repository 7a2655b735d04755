import { buildMarkerBatch, RecordBatchBuilder } from "@millrace/kafka-protocol";
import { expect, test } from "vitest";
import { FakeTransport } from "../testing/fake-transport.ts";
import type { ReadOptions } from "./read-options.ts";
import { readBatches } from "./read-partition.ts";

function batchOf(baseOffset: number, values: readonly string[]): Buffer {
  const builder = new RecordBatchBuilder();
  for (const value of values)
    builder.append(1_000, Buffer.from("key"), Buffer.from(value), [{ key: "h", value: null }]);
  return builder.build({ baseOffset });
}

async function valuesOf(transport: FakeTransport, options: Partial<ReadOptions>): Promise<string[]> {
  const values: string[] = [];
  for await (const batch of readBatches(
    transport,
    { topic: "orders", partition: 0, ...options },
    undefined,
  )) {
    for (const record of batch.records) values.push(`${record.offset}=${record.value?.toString()}`);
  }
  return values;
}

test("a batch that begins before the start offset is trimmed", async () => {
  const transport = new FakeTransport({ orders: 1 });
  transport.pushed = [
    { batches: Buffer.concat([batchOf(5, ["a", "b", "c"]), batchOf(8, ["d"])]), highWatermark: 9 },
  ];
  expect(await valuesOf(transport, { from: { offset: 6 } })).toEqual(["6=b", "7=c", "8=d"]);
  expect(transport.fetchedFrom?.offset).toBe(6);
});

test("until end stops at what was the end when the reading began", async () => {
  const transport = new FakeTransport({ orders: 1 });
  transport.pushed = [
    { batches: batchOf(98, ["a", "b"]), highWatermark: 100 },
    { batches: batchOf(100, ["beyond"]), highWatermark: 101 },
  ];
  expect(await valuesOf(transport, { until: "end" })).toEqual(["98=a", "99=b"]);
});

test("reading from the latest until the end is over at once", async () => {
  const transport = new FakeTransport({ orders: 1 });
  expect(await valuesOf(transport, { from: "latest", until: "end" })).toEqual([]);
  expect(transport.fetchedFrom).toBeUndefined();
});

test("transaction markers are left out", async () => {
  const transport = new FakeTransport({ orders: 1 });
  const marker = buildMarkerBatch({
    type: "commit",
    producerId: 1,
    producerEpoch: 0,
    coordinatorEpoch: 0,
    timestamp: 0,
    baseOffset: 1,
  });
  transport.pushed = [
    { batches: Buffer.concat([batchOf(0, ["a"]), marker, batchOf(2, ["b"])]), highWatermark: 3 },
  ];
  expect(await valuesOf(transport, {})).toEqual(["0=a", "2=b"]);
});

test("records carry key, time and headers", async () => {
  const transport = new FakeTransport({ orders: 1 });
  transport.pushed = [{ batches: batchOf(0, ["a"]), highWatermark: 1 }];
  const { value } = await readBatches(transport, { topic: "orders", partition: 0 }, undefined).next();
  expect(value?.records[0]).toMatchObject({
    topic: "orders",
    partition: 0,
    timestampMs: 1_000,
    headers: { h: null },
  });
  expect(value?.records[0]?.key?.toString()).toBe("key");
  expect(value?.highWatermark).toBe(1);
});
