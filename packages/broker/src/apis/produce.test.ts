import { settled } from "@millrace/controller/testing";
import { BatchField } from "@millrace/kafka-protocol";
import { produceApi } from "@millrace/kafka-protocol/messages/produce";
import { ApiError, type ErrorName, errorTable } from "@millrace/runtime";
import { expect, test } from "vitest";
import { batchOf, NOW_MS, recordsOf } from "../../test-support/batches.ts";
import { TestBroker } from "../../test-support/test-broker.ts";
import type { TestClient } from "../../test-support/test-client.ts";
import { type TestImageOptions, topicIdOf } from "../../test-support/test-image.ts";

const metadata = { topics: [{ name: "orders", partitions: 2 }] };

function requestOf(records: Buffer | null, acks = -1, topic = "orders", index = 0) {
  return { acks, timeoutMs: 1_000, topicData: [{ name: topic, partitionData: [{ index, records }] }] };
}

async function produceOne(
  client: TestClient,
  records: Buffer | null,
  version = 9,
  topic = "orders",
  index = 0,
) {
  const response = await client.call(produceApi, version, requestOf(records, -1, topic, index));
  return response.responses[0]!.partitionResponses[0]!;
}

async function errorFor(records: Buffer | null, topic: object = {}, version = 9): Promise<ErrorName> {
  await using broker = await TestBroker.start({ metadata: { topics: [{ name: "orders", ...topic }] } });
  const { errorCode } = await produceOne(broker.connect(), records, version);
  expect(broker.logs.get("orders", 0)!.nextOffset).toBe(0);
  return Object.entries(errorTable).find(([, { code }]) => code === errorCode)![0] as ErrorName;
}

test("gives offsets in the order in which batches came, and stores the bytes", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  expect(await produceOne(client, batchOf({ values: ["a", "b"] }))).toMatchObject({
    errorCode: 0,
    baseOffset: 0,
  });
  expect(await produceOne(client, batchOf({ values: ["c"] }))).toMatchObject({ errorCode: 0, baseOffset: 2 });
  const log = broker.logs.get("orders", 0)!;
  const { batches } = log.read(log.logStartOffset, {
    maxBytes: 1e6,
    upTo: "highWatermark",
    atLeastOneBatch: true,
  });
  expect(recordsOf(Buffer.concat(batches))).toEqual([[0, "a"], [1, "b"], [2, "c"]]); // biome-ignore format: a table
});

test("answers when the watermark says so, and one connection's answers in order", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  const held = broker.logs.get("orders", 0)!;
  held.held = true;
  client.send(produceApi, 9, requestOf(batchOf({ values: ["slow"] })));
  client.send(produceApi, 9, requestOf(batchOf({ values: ["quick"] }), -1, "orders", 1));
  await settled();
  expect(held.nextOffset).toBe(1);
  expect(broker.logs.get("orders", 1)!.highWatermark).toBe(1);
  let answered = false;
  const first = client.receive(produceApi, 9).then((response) => {
    answered = true;
    return response;
  });
  await settled();
  expect(answered).toBe(false);
  held.write();
  expect((await first).responses[0]!.partitionResponses[0]).toMatchObject({ index: 0, errorCode: 0 });
  const second = await client.receive(produceApi, 9);
  expect(second.responses[0]!.partitionResponses[0]).toMatchObject({ index: 1, errorCode: 0 });
});

test("acks=all that takes too long is answered with a time-out, and the connection goes on", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  const log = broker.logs.get("orders", 0)!;
  log.held = true;
  const waiting = produceOne(client, batchOf({ values: ["slow"] }));
  await settled();
  broker.runtime.clock.advance(1_000);
  expect((await waiting).errorCode).toBe(errorTable.REQUEST_TIMED_OUT.code);
  log.held = false;
  expect(await produceOne(client, batchOf({ values: ["next"] }))).toMatchObject({
    errorCode: 0,
    baseOffset: 1,
  });
});

test("acks=0 has no answer, and closes the connection when it fails", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  client.send(produceApi, 9, requestOf(batchOf({ values: ["a"] }), 0));
  expect(await produceOne(client, batchOf({ values: ["b"] }))).toMatchObject({ baseOffset: 1 });
  client.send(produceApi, 9, requestOf(batchOf({ values: ["c"] }), 0, "nowhere"));
  await client.untilClosed();
});

test("produces by topic id, and does not know every id", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  const codes = await Promise.all(
    ["orders", "nowhere"].map(async (name) => {
      const topicData = [
        { topicId: topicIdOf(name), partitionData: [{ index: 0, records: batchOf({ values: ["a"] }) }] },
      ];
      const { responses } = await client.call(produceApi, 13, { acks: -1, timeoutMs: 1_000, topicData });
      return [responses[0]!.topicId, responses[0]!.partitionResponses[0]!.errorCode];
    }),
  );
  expect(codes).toEqual([
    [topicIdOf("orders"), 0],
    [topicIdOf("nowhere"), errorTable.UNKNOWN_TOPIC_ID.code],
  ]);
});

test("bad batches get the errors that Kafka gives", async () => {
  const bad = (at: number, byte: number) => {
    const batch = batchOf({ values: ["abc"] });
    batch[at] = byte;
    return batch;
  };
  const twice = Buffer.concat([batchOf({ values: ["a"] }), batchOf({ values: ["b"] })]);
  expect(await errorFor(bad(BatchField.records + 3, 0xff))).toBe("CORRUPT_MESSAGE");
  expect(await errorFor(batchOf({ values: ["abc"] }).subarray(0, 40))).toBe("INVALID_RECORD");
  expect(await errorFor(bad(BatchField.magic, 1))).toBe("INVALID_RECORD");
  expect(await errorFor(bad(BatchField.magic, 7))).toBe("CORRUPT_MESSAGE");
  expect(await errorFor(twice)).toBe("INVALID_RECORD");
  expect(await errorFor(null)).toBe("INVALID_RECORD");
  expect(await errorFor(Buffer.alloc(0))).toBe("INVALID_RECORD");
  expect(await errorFor(batchOf({ values: ["a"], baseOffset: 5 }))).toBe("INVALID_RECORD");
  expect(await errorFor(batchOf({ values: ["a"], isControl: true }))).toBe("INVALID_RECORD");
  expect(await errorFor(batchOf({ values: ["a"], compression: "zstd" }), {}, 6)).toBe(
    "UNSUPPORTED_COMPRESSION_TYPE",
  );
  const transactional = { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true };
  expect(await errorFor(batchOf({ values: ["a"], ...transactional }))).toBe("INVALID_TXN_STATE");
});

test("what is cut off behind a batch is dropped, as Kafka does, and counts for nothing", async () => {
  const topics = [{ name: "orders", configs: { "max.message.bytes": "100" } }];
  await using broker = await TestBroker.start({ metadata: { topics } });
  const client = broker.connect();
  const cut = batchOf({ values: ["x".repeat(1_000)] }).subarray(0, 900);
  const answer = await produceOne(client, Buffer.concat([batchOf({ values: ["a"] }), cut]));
  expect(answer).toMatchObject({ errorCode: 0, baseOffset: 0 });
  expect(await produceOne(client, batchOf({ values: ["b"] }))).toMatchObject({ errorCode: 0, baseOffset: 1 });
  const log = broker.logs.get("orders", 0)!;
  const { batches } = log.read(log.logStartOffset, {
    maxBytes: 1e6,
    upTo: "highWatermark",
    atLeastOneBatch: true,
  });
  expect(recordsOf(Buffer.concat(batches))).toEqual([[0, "a"], [1, "b"]]); // biome-ignore format: a table
});

test("topics have a say: size, keys, timestamps", async () => {
  const big = batchOf({ values: ["x".repeat(2_000)] });
  expect(await errorFor(big, { configs: { "max.message.bytes": "1000" } })).toBe("MESSAGE_TOO_LARGE");
  const future = batchOf({ values: ["a"], timestampMs: NOW_MS + 7_200_000 });
  expect(await errorFor(future)).toBe("INVALID_TIMESTAMP");
  const past = batchOf({ values: ["a"], timestampMs: NOW_MS - 10_000 });
  expect(await errorFor(past, { configs: { "message.timestamp.before.max.ms": "1000" } })).toBe(
    "INVALID_TIMESTAMP",
  );
});

test("a compacted topic names the records without key", async () => {
  const topics = [{ name: "orders", configs: { "cleanup.policy": "compact" } }];
  await using broker = await TestBroker.start({ metadata: { topics } });
  const client = broker.connect();
  const { errorCode, recordErrors } = await produceOne(client, batchOf({ values: ["a", "b"] }));
  expect(errorCode).toBe(errorTable.INVALID_RECORD.code);
  expect(recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1]);
  expect(await produceOne(client, batchOf({ values: ["a"], key: "k" }))).toMatchObject({ errorCode: 0 });
});

test("a topic's own compression replaces the producer's", async () => {
  const topics = [{ name: "orders", configs: { "compression.type": "gzip" } }];
  await using broker = await TestBroker.start({ metadata: { topics } });
  await produceOne(broker.connect(), batchOf({ values: ["a", "b"], compression: "snappy" }));
  const log = broker.logs.get("orders", 0)!;
  const { batches } = log.read(log.logStartOffset, {
    maxBytes: 1e6,
    upTo: "highWatermark",
    atLeastOneBatch: true,
  });
  expect(batches[0]!.readInt16BE(BatchField.attributes) & 7).toBe(1);
  expect(recordsOf(batches[0]!).map(([, value]) => value)).toEqual(["a", "b"]);
});

test.each<[string, ErrorName, TestImageOptions, string, number]>([
  ["an unknown topic", "UNKNOWN_TOPIC_OR_PARTITION", metadata, "nowhere", 0],
  ["an unknown partition", "UNKNOWN_TOPIC_OR_PARTITION", metadata, "orders", 9],
  [
    "another broker's partition",
    "NOT_LEADER_OR_FOLLOWER",
    { topics: [{ name: "orders", leader: 2 }] },
    "orders",
    0,
  ],
])("refuses %s with %s", async (_, error, metadata, topic, index) => {
  await using broker = await TestBroker.start({ metadata });
  const { errorCode } = await produceOne(broker.connect(), batchOf({ values: ["a"] }), 9, topic, index);
  expect(errorCode).toBe(errorTable[error].code);
});

test("a wrong number of acks, and a log that fails while its producer waits", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  const odd = await client.call(produceApi, 9, requestOf(batchOf({ values: ["a"] }), 2));
  expect(odd.responses[0]!.partitionResponses[0]!.errorCode).toBe(errorTable.INVALID_REQUIRED_ACKS.code);
  const log = broker.logs.get("orders", 0)!;
  log.held = true;
  const waiting = produceOne(client, batchOf({ values: ["a"] }));
  await settled();
  log.fail(new ApiError("KAFKA_STORAGE_ERROR"));
  expect((await waiting).errorCode).toBe(errorTable.KAFKA_STORAGE_ERROR.code);
  expect((await produceOne(client, batchOf({ values: ["a"] }))).errorCode).toBe(
    errorTable.KAFKA_STORAGE_ERROR.code,
  );
});

test("whoever may not write is told so, and throttled answers say for how long", async () => {
  const authorizer = { isAllowed: (_: unknown, operation: string) => operation !== "WRITE" };
  const quotas = { recordBytes: () => 250, recordRequest: () => 100 };
  await using broker = await TestBroker.start({ metadata, authorizer, quotas });
  const client = broker.connect();
  const response = await client.call(produceApi, 9, requestOf(batchOf({ values: ["a"] })));
  expect(response.responses[0]!.partitionResponses[0]!.errorCode).toBe(
    errorTable.TOPIC_AUTHORIZATION_FAILED.code,
  );
  expect(response.throttleTimeMs).toBe(250);
  // KIP-219: the next request is taken when the pause is over.
  let answered = false;
  const next = client.call(produceApi, 9, requestOf(batchOf({ values: ["a"] }))).then(() => {
    answered = true;
  });
  await settled();
  broker.runtime.clock.advance(249);
  await settled();
  expect(answered).toBe(false);
  broker.runtime.clock.advance(1);
  await next;
});
