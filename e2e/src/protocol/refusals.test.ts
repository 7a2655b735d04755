import { BatchField, computeCrc, RecordBatchBuilder } from "@millrace/kafka-protocol";
import { createPartitionsApi } from "@millrace/kafka-protocol/messages/create-partitions";
import { createTopicsApi } from "@millrace/kafka-protocol/messages/create-topics";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { initProducerIdApi } from "@millrace/kafka-protocol/messages/init-producer-id";
import { listOffsetsApi } from "@millrace/kafka-protocol/messages/list-offsets";
import { produceApi } from "@millrace/kafka-protocol/messages/produce";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerUnderTest, KafkaConnection, startBrokerUnderTest, waitUntil } from "../harness/index.ts";

// Every expectation here is what Apache Kafka 4.3.1 answers.
const NONE = 0;
const OFFSET_OUT_OF_RANGE = 1;
const CORRUPT_MESSAGE = 2;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const MESSAGE_TOO_LARGE = 10;
const INVALID_REQUIRED_ACKS = 21;
const INVALID_TIMESTAMP = 32;
const INVALID_PARTITIONS = 37;
const INVALID_REPLICA_ASSIGNMENT = 39;
const OUT_OF_ORDER_SEQUENCE_NUMBER = 45;
const UNKNOWN_LEADER_EPOCH = 75;
const INVALID_RECORD = 87;

const NOW_MS = Date.now();
const HOUR_MS = 3_600_000;

let broker: BrokerUnderTest;
let connection: KafkaConnection;
beforeAll(async () => {
  broker = await startBrokerUnderTest({ "auto.create.topics.enable": "false" });
  connection = await KafkaConnection.open(broker.bootstrap);
  const plain = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const { topics } = await connection.call(createTopicsApi, 7, {
    topics: [
      { ...plain, name: "strict" },
      { ...plain, name: "compacted", configs: [{ name: "cleanup.policy", value: "compact" }] },
    ],
    timeoutMs: 10_000,
    validateOnly: false,
  });
  expect(topics.map(({ errorCode }) => errorCode)).toEqual([NONE, NONE]);
  // Kafka answers before the partition has its leader.
  const first = async () => (await produce("strict", batch({ values: ["first", "second"] })))?.errorCode;
  await waitUntil(async () => (await first()) === NONE, { until: "the topic takes records" });
});
afterAll(async () => {
  await connection?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

interface BatchInput {
  readonly values?: readonly (string | Buffer)[];
  readonly timestampMs?: number;
  readonly producer?: { readonly producerId: number; readonly sequence: number };
}

function batch({ values = ["value"], timestampMs = NOW_MS, producer }: BatchInput = {}): Buffer {
  const builder = new RecordBatchBuilder();
  for (const value of values) builder.append(timestampMs, null, Buffer.from(value));
  return builder.build(
    producer === undefined
      ? {}
      : { producerId: producer.producerId, producerEpoch: 0, baseSequence: producer.sequence },
  );
}

/** Changes a sound batch, and makes its checksum right again unless that is what is to be wrong. */
function changed(change: (bytes: Buffer) => void, checksum: "right" | "wrong" = "right"): Buffer {
  const bytes = batch({ values: ["one", "two"] });
  change(bytes);
  if (checksum === "right") bytes.writeUInt32BE(computeCrc(bytes, 0, bytes.length), BatchField.crc);
  return bytes;
}

async function produce(topic: string, records: Buffer | null, { acks = -1, index = 0 } = {}) {
  const topicData = [{ name: topic, partitionData: [{ index, records }] }];
  const { responses } = await connection.call(produceApi, 9, { acks, timeoutMs: 10_000, topicData });
  return responses[0]?.partitionResponses[0];
}

describe("a batch is refused as Kafka refuses it", () => {
  const cases: readonly (readonly [string, () => Buffer | null, number])[] = [
    [
      "a wrong checksum",
      () => changed((bytes) => bytes.writeUInt8(bytes.readUInt8(70) ^ 1, 70), "wrong"),
      CORRUPT_MESSAGE,
    ],
    ["a wrong magic", () => changed((bytes) => bytes.writeInt8(3, BatchField.magic)), CORRUPT_MESSAGE],
    ["an old magic", () => changed((bytes) => bytes.writeInt8(1, BatchField.magic)), INVALID_RECORD],
    ["too large a batch", () => batch({ values: [Buffer.alloc(1_100_000)] }), MESSAGE_TOO_LARGE],
    ["two batches", () => Buffer.concat([batch(), batch()]), INVALID_RECORD],
    ["no batch", () => Buffer.alloc(0), INVALID_RECORD],
    ["a cut batch", () => batch().subarray(0, 65), INVALID_RECORD],
    [
      "a count that is wrong",
      () => changed((bytes) => bytes.writeInt32BE(7, BatchField.recordCount)),
      INVALID_RECORD,
    ],
    [
      "a control batch",
      () => changed((bytes) => bytes.writeInt16BE(0x20, BatchField.attributes)),
      INVALID_RECORD,
    ],
    [
      "a batch and a length that cannot be",
      () => Buffer.concat([batch(), Buffer.alloc(12)]),
      CORRUPT_MESSAGE,
    ],
    ["a timestamp far ahead", () => batch({ timestampMs: NOW_MS + 3 * HOUR_MS }), INVALID_TIMESTAMP],
  ];
  test.each(cases)("%s", async (_, records, errorCode) => {
    expect((await produce("strict", records()))?.errorCode).toBe(errorCode);
  });

  test("but not for a part of another batch that follows it, which is dropped", async () => {
    const cut = await produce("strict", Buffer.concat([batch(), batch().subarray(0, 40)]));
    expect(cut?.errorCode).toBe(NONE);
    const next = await produce("strict", batch());
    expect(next?.baseOffset).toBe(Number(cut?.baseOffset) + 1);
  });

  test("a record without a key, where keys are needed", async () => {
    expect((await produce("compacted", batch()))?.errorCode).toBe(INVALID_RECORD);
  });

  test("a topic and a partition that there are not, and acks that there are not", async () => {
    expect((await produce("no-such-topic", batch()))?.errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
    expect((await produce("strict", batch(), { index: 9 }))?.errorCode).toBe(UNKNOWN_TOPIC_OR_PARTITION);
    expect((await produce("strict", batch(), { acks: 5 }))?.errorCode).toBe(INVALID_REQUIRED_ACKS);
  });

  test("what an idempotent producer sends twice is there once; what it left out is missed", async () => {
    const producerId = await waitUntil(
      async () => {
        const asked = { transactionalId: null, transactionTimeoutMs: 60_000 };
        const answer = await connection.call(initProducerIdApi, 4, asked);
        return answer.errorCode === NONE && Number(answer.producerId);
      },
      { until: "producer ids are handed out" },
    );
    const send = (sequence: number) => produce("strict", batch({ producer: { producerId, sequence } }));
    const first = await send(0);
    expect(first?.errorCode).toBe(NONE);
    expect(await send(0)).toMatchObject({ errorCode: NONE, baseOffset: first?.baseOffset });
    expect((await send(5))?.errorCode).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await send(1)).toMatchObject({ errorCode: NONE, baseOffset: Number(first?.baseOffset) + 1 });
  });
});

describe("a fetch is refused as Kafka refuses it", () => {
  async function fetchCode(topic: string, partition: number, fetchOffset: number, currentLeaderEpoch = -1) {
    const partitions = [{ partition, currentLeaderEpoch, fetchOffset, partitionMaxBytes: 1_000_000 }];
    const { responses } = await connection.call(fetchApi, 11, {
      ...{ replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, sessionEpoch: -1 },
      ...{ topics: [{ topic, partitions }], forgottenTopicsData: [], rackId: "" },
    });
    return responses[0]?.partitions[0]?.errorCode;
  }

  test.each([
    ["an offset beyond the end", "strict", 0, 1_000, -1, OFFSET_OUT_OF_RANGE],
    ["an offset below the start", "strict", 0, -1, -1, OFFSET_OUT_OF_RANGE],
    ["an unknown topic", "no-such-topic", 0, 0, -1, UNKNOWN_TOPIC_OR_PARTITION],
    ["an unknown partition", "strict", 9, 0, -1, UNKNOWN_TOPIC_OR_PARTITION],
    ["a leader epoch of the future", "strict", 0, 0, 99, UNKNOWN_LEADER_EPOCH],
  ] as const)("%s", async (_, topic, partition, offset, epoch, errorCode) => {
    expect(await fetchCode(topic, partition, offset, epoch)).toBe(errorCode);
  });
});

test("offsets of what there is not", async () => {
  const code = async (name: string, partitionIndex: number, currentLeaderEpoch = -1) => {
    const partitions = [{ partitionIndex, currentLeaderEpoch, timestamp: -1 }];
    const asked = { replicaId: -1, topics: [{ name, partitions }] };
    return (await connection.call(listOffsetsApi, 4, asked)).topics[0]?.partitions[0]?.errorCode;
  };
  expect(await code("no-such-topic", 0)).toBe(UNKNOWN_TOPIC_OR_PARTITION);
  expect(await code("strict", 9)).toBe(UNKNOWN_TOPIC_OR_PARTITION);
  expect(await code("strict", 0, 99)).toBe(UNKNOWN_LEADER_EPOCH);
});

test("an empty list of assignments is one that has too few", async () => {
  const code = async (name: string, count: number) => {
    const asked = { topics: [{ name, count, assignments: [] }], timeoutMs: 10_000, validateOnly: false };
    return (await connection.call(createPartitionsApi, 3, asked)).results[0]?.errorCode;
  };
  expect(await code("strict", 3)).toBe(INVALID_REPLICA_ASSIGNMENT);
  expect(await code("strict", 1)).toBe(INVALID_PARTITIONS);
  expect(await code("no-such-topic", 3)).toBe(UNKNOWN_TOPIC_OR_PARTITION);
});
