import { deleteRecordsApi } from "@millrace/kafka-protocol/messages/delete-records";
import { describeClusterApi } from "@millrace/kafka-protocol/messages/describe-cluster";
import { describeLogDirsApi } from "@millrace/kafka-protocol/messages/describe-log-dirs";
import { describeProducersApi } from "@millrace/kafka-protocol/messages/describe-producers";
import {
  type DescribeTopicPartitionsRequestInput,
  type DescribeTopicPartitionsResponse,
  describeTopicPartitionsApi,
  type ResponseCursor,
} from "@millrace/kafka-protocol/messages/describe-topic-partitions";
import { initProducerIdApi } from "@millrace/kafka-protocol/messages/init-producer-id";
import { listOffsetsApi } from "@millrace/kafka-protocol/messages/list-offsets";
import { errorTable } from "@millrace/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOW_MS } from "../../test-support/batches.ts";
import { createTopic } from "../../test-support/create-topic.ts";
import { produceTo } from "../../test-support/produce-to.ts";
import { TestNode } from "../../test-support/test-node.ts";

describe("DescribeCluster", () => {
  test("names brokers by their addresses on the asking listener", async () => {
    await using node = await TestNode.start({ rack: "r1" });
    const response = await node.connect().call(describeClusterApi, 2, {
      includeClusterAuthorizedOperations: true,
      includeFencedBrokers: true,
    });
    const { port } = node.broker.endpoints[0]!;
    expect(response).toMatchObject({
      errorCode: 0,
      clusterId: node.cluster.clusterId,
      controllerId: 1,
      brokers: [{ brokerId: 1, host: "broker.test", port, rack: "r1", isFenced: false }],
      clusterAuthorizedOperations: 8096, // what Apache Kafka 4.3.1 answers
    });
  });

  test.each([
    [2, "MISMATCHED_ENDPOINT_TYPE"],
    [7, "UNSUPPORTED_ENDPOINT_TYPE"],
  ] as const)("is no endpoint of type %d", async (endpointType, error) => {
    await using node = await TestNode.start();
    const response = await node
      .connect()
      .call(describeClusterApi, 1, { includeClusterAuthorizedOperations: false, endpointType });
    expect(response).toMatchObject({ errorCode: errorTable[error].code, endpointType: 1, brokers: [] });
  });
});

describe("DescribeTopicPartitions", () => {
  test("pages through all topics without losing or repeating a partition, whatever the page", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    const counts = { a: 1, b: 4, c: 2, d: 3 };
    for (const [name, partitions] of Object.entries(counts)) await createTopic(client, name, { partitions });
    const all = Object.entries(counts).flatMap(([name, count]) =>
      Array.from({ length: count }, (_, i) => `${name}-${i}`),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        async (responsePartitionLimit, named) => {
          const topics = named ? ["d", "b", "a", "c"].map((name) => ({ name })) : [];
          const seen: string[] = [];
          let cursor: ResponseCursor | null = null;
          do {
            const request: DescribeTopicPartitionsRequestInput = { topics, responsePartitionLimit, cursor };
            const page: DescribeTopicPartitionsResponse = await client.call(
              describeTopicPartitionsApi,
              0,
              request,
            );
            const partitions = page.topics.flatMap(({ name, partitions }) =>
              partitions.map(({ partitionIndex }) => `${name}-${partitionIndex}`),
            );
            expect(partitions.length).toBeLessThanOrEqual(responsePartitionLimit);
            seen.push(...partitions);
            cursor = page.nextCursor;
          } while (cursor !== null);
          expect(seen).toEqual(all);
        },
      ),
      { numRuns: 24 },
    );
  });

  test("says of named topics what is wrong with them", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    await createTopic(client, "t");
    const { topics, nextCursor } = await client.call(describeTopicPartitionsApi, 0, {
      topics: [{ name: "t" }, { name: "none" }, { name: "a b" }],
    });
    expect(nextCursor).toBeNull();
    expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ["a b", errorTable.INVALID_TOPIC_EXCEPTION.code],
      ["none", errorTable.UNKNOWN_TOPIC_OR_PARTITION.code],
      ["t", 0],
    ]);
    expect(topics[2]).toMatchObject({
      topicAuthorizedOperations: 3576, // what Apache Kafka 4.3.1 answers
      partitions: [
        { leaderId: 1, isrNodes: [1], eligibleLeaderReplicas: [], lastKnownElr: [], offlineReplicas: [] },
      ],
    });
  });

  test("hides topics from who may not see them, unless they were named", async () => {
    await using node = await TestNode.start({
      authorizer: { isAllowed: (_, operation, __, name) => operation === "CREATE" || name !== "secret" },
    });
    const client = node.connect();
    await createTopic(client, "secret");
    await createTopic(client, "seen");
    const ask = async (topics: { name: string }[]) =>
      (await client.call(describeTopicPartitionsApi, 0, { topics })).topics.map(({ name, errorCode }) => [
        name,
        errorCode,
      ]);
    expect(await ask([])).toEqual([["seen", 0]]);
    expect(await ask([{ name: "secret" }])).toEqual([["secret", errorTable.TOPIC_AUTHORIZATION_FAILED.code]]);
  });
});

test("DeleteRecords moves the start of a partition, and no further than consumers may read", async () => {
  await using node = await TestNode.start();
  const client = node.connect();
  await createTopic(client, "t", { partitions: 4 });
  await createTopic(client, "compacted", { configs: { "cleanup.policy": "compact" } });
  for (const partition of [0, 1, 2]) await produceTo(client, "t", partition, { values: ["a", "b", "c"] });
  const { topics } = await client.call(deleteRecordsApi, 2, {
    topics: [
      {
        name: "t",
        partitions: [2, -1, 4, -2, 0].map((offset, i) => ({ partitionIndex: i === 4 ? 9 : i, offset })),
      },
      { name: "compacted", partitions: [{ partitionIndex: 0, offset: 0 }] },
    ],
    timeoutMs: 1_000,
  });
  const told = topics.map(({ partitions }) =>
    partitions.map(({ lowWatermark, errorCode }) => [lowWatermark, errorCode]),
  );
  const {
    OFFSET_OUT_OF_RANGE: range,
    UNKNOWN_TOPIC_OR_PARTITION: unknown,
    POLICY_VIOLATION: policy,
  } = errorTable;
  expect(told).toEqual([
    [
      [2, 0],
      [3, 0],
      [-1, range.code],
      [-1, range.code],
      [-1, unknown.code],
    ],
    [[-1, policy.code]],
  ]);
  const earliest = await client.call(listOffsetsApi, 7, {
    replicaId: -1,
    topics: [
      { name: "t", partitions: [0, 1, 2].map((partitionIndex) => ({ partitionIndex, timestamp: -2 })) },
    ],
  });
  expect(earliest.topics[0]!.partitions.map(({ offset }) => offset)).toEqual([2, 3, 0]);
});

test("DescribeLogDirs tells sizes of all partitions, or of those that were asked for", async () => {
  await using node = await TestNode.start();
  const client = node.connect();
  await createTopic(client, "t", { partitions: 2 });
  await createTopic(client, "u");
  await produceTo(client, "t", 1, { values: ["x".repeat(500)] });
  const sizes = async (topics: { topic: string; partitions: number[] }[] | null) => {
    const { results } = await client.call(describeLogDirsApi, 4, { topics });
    expect(results).toEqual([expect.objectContaining({ errorCode: 0, logDir: "memory" })]);
    return results[0]!.topics.map(({ name, partitions }) => [
      name,
      partitions.map(({ partitionIndex, partitionSize, offsetLag }) => [
        partitionIndex,
        Number(partitionSize) > 500,
        offsetLag,
      ]),
    ]);
  };
  expect(await sizes(null)).toEqual([
    [
      "t",
      [
        [0, false, 0],
        [1, true, 0],
      ],
    ],
    ["u", [[0, false, 0]]],
  ]);
  expect(
    await sizes([
      { topic: "t", partitions: [1, 7] },
      { topic: "none", partitions: [0] },
    ]),
  ).toEqual([["t", [[1, true, 0]]]]);
});

test("DescribeProducers shows who wrote with a producer id", async () => {
  await using node = await TestNode.start();
  const client = node.connect();
  await createTopic(client, "t");
  const { producerId, producerEpoch } = await client.call(initProducerIdApi, 4, {
    transactionalId: null,
    transactionTimeoutMs: 0,
  });
  await produceTo(client, "t", 0, {
    values: ["a", "b"],
    producerId: Number(producerId),
    producerEpoch,
    baseSequence: 0,
  });
  const { topics } = await client.call(describeProducersApi, 0, {
    topics: [
      { name: "t", partitionIndexes: [0, 5] },
      { name: "a b", partitionIndexes: [0] },
    ],
  });
  expect(topics[0]!.partitions[0]!.activeProducers).toEqual([
    expect.objectContaining({
      producerId,
      producerEpoch,
      lastSequence: 1,
      lastTimestamp: NOW_MS,
      coordinatorEpoch: -1,
      currentTxnStartOffset: -1,
    }),
  ]);
  expect(topics[0]!.partitions[1]!.errorCode).toBe(errorTable.UNKNOWN_TOPIC_OR_PARTITION.code);
  expect(topics[1]!.partitions[0]!.errorCode).toBe(errorTable.INVALID_TOPIC_EXCEPTION.code);
});

describe("InitProducerId", () => {
  const ask = { transactionalId: null, transactionTimeoutMs: 60_000 };

  test("gives every producer an id of its own, also when it brings one, and over more than one block", async () => {
    await using node = await TestNode.start();
    const client = node.connect();
    const ids = new Set<number>();
    for (let i = 0; i < 1_001; i++) {
      const { errorCode, producerId, producerEpoch } = await client.call(initProducerIdApi, 5, ask);
      expect([errorCode, producerEpoch]).toEqual([0, 0]);
      ids.add(Number(producerId));
    }
    const again = await client.call(initProducerIdApi, 5, { ...ask, producerId: 3, producerEpoch: 2 });
    ids.add(Number(again.producerId));
    expect(ids.size).toBe(1_002);
  });

  test.each([
    ["half of an id", { ...ask, producerId: 5 }, "INVALID_REQUEST"],
    ["an empty transactional id", { ...ask, transactionalId: "" }, "INVALID_REQUEST"],
    [
      "a transaction that takes too long",
      { transactionalId: "t", transactionTimeoutMs: 900_001 },
      "INVALID_TRANSACTION_TIMEOUT",
    ],
    [
      "a transaction without time",
      { transactionalId: "t", transactionTimeoutMs: 0 },
      "INVALID_TRANSACTION_TIMEOUT",
    ],
    [
      "transactions, for which there is no coordinator yet",
      { ...ask, transactionalId: "t" },
      "COORDINATOR_NOT_AVAILABLE",
    ],
  ] as const)("refuses %s", async (_, request, error) => {
    await using node = await TestNode.start();
    const response = await node.connect().call(initProducerIdApi, 5, request);
    expect(response).toMatchObject({ errorCode: errorTable[error].code, producerId: -1, producerEpoch: -1 });
  });

  test("may be used by whoever may write to some topic", async () => {
    let writable = "";
    await using node = await TestNode.start({
      authorizer: { isAllowed: (_, operation, __, name) => operation === "CREATE" || name === writable },
    });
    const client = node.connect();
    await createTopic(client, "t");
    expect((await client.call(initProducerIdApi, 5, ask)).errorCode).toBe(
      errorTable.CLUSTER_AUTHORIZATION_FAILED.code,
    );
    writable = "t";
    expect((await client.call(initProducerIdApi, 5, ask)).errorCode).toBe(0);
  });
});
