import { createTopicsApi } from "@millrace/kafka-protocol/messages/create-topics";
import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { errorTable } from "@millrace/runtime";
import { expect, test } from "vitest";
import { TestNode } from "../../test-support/test-node.ts";

const plain = { numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] };

test("creates topics that can be used at once, and tells their ids and configs", async () => {
  await using node = await TestNode.start();
  const client = node.connect();
  const { topics } = await client.call(createTopicsApi, 7, {
    topics: [
      { ...plain, name: "defaults" },
      { ...plain, name: "own", numPartitions: 3, configs: [{ name: "retention.ms", value: "1000" }] },
    ],
    validateOnly: false,
  });
  expect(topics.map(({ name, errorCode, numPartitions }) => [name, errorCode, numPartitions])).toEqual([
    ["defaults", 0, 1],
    ["own", 0, 3],
  ]);
  const configs = new Map(topics[1]!.configs!.map((config) => [config.name, config]));
  expect(configs.get("retention.ms")).toMatchObject({ value: "1000", configSource: 1, readOnly: false });
  expect(configs.get("cleanup.policy")).toMatchObject({ value: "delete", configSource: 5 });
  const metadata = await client.call(metadataApi, 12, { topics: [{ name: "own" }] });
  expect(metadata.topics[0]).toMatchObject({ errorCode: 0, topicId: topics[1]!.topicId });
  expect(metadata.topics[0]!.partitions.map(({ leaderId }) => leaderId)).toEqual([1, 1, 1]);
});

test("leaves ids and configs out of older answers", async () => {
  await using node = await TestNode.start();
  const response = await node.connect().call(createTopicsApi, 2, {
    topics: [{ ...plain, name: "old", numPartitions: 1, replicationFactor: 1 }],
    validateOnly: false,
  });
  expect(response.topics).toEqual([expect.objectContaining({ name: "old", errorCode: 0 })]);
});

test("validates without creating", async () => {
  await using node = await TestNode.start();
  const client = node.connect();
  const request = { topics: [{ ...plain, name: "planned" }], validateOnly: true };
  expect((await client.call(createTopicsApi, 7, request)).topics[0]).toMatchObject({
    errorCode: 0,
    numPartitions: 1,
  });
  const metadata = await client.call(metadataApi, 12, {
    topics: [{ name: "planned" }],
    allowAutoTopicCreation: false,
  });
  expect(metadata.topics[0]!.errorCode).toBe(errorTable.UNKNOWN_TOPIC_OR_PARTITION.code);
});

test.each([
  [
    "a name twice",
    [
      { ...plain, name: "twice" },
      { ...plain, name: "twice" },
    ],
    "INVALID_REQUEST",
  ],
  ["a bad name", [{ ...plain, name: "a b" }], "INVALID_TOPIC_EXCEPTION"],
  ["no partitions", [{ ...plain, name: "t", numPartitions: 0 }], "INVALID_PARTITIONS"],
  ["minus two partitions", [{ ...plain, name: "t", numPartitions: -2 }], "INVALID_PARTITIONS"],
  [
    "more replicas than brokers",
    [{ ...plain, name: "t", replicationFactor: 2 }],
    "INVALID_REPLICATION_FACTOR",
  ],
  [
    "a config that does not exist",
    [{ ...plain, name: "t", configs: [{ name: "no.such", value: "1" }] }],
    "INVALID_CONFIG",
  ],
  [
    "a config without value",
    [{ ...plain, name: "t", configs: [{ name: "retention.ms", value: null }] }],
    "INVALID_CONFIG",
  ],
  [
    "assignments beside counts",
    [{ ...plain, name: "t", numPartitions: 1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] }],
    "INVALID_REQUEST",
  ],
  [
    "assignments with a gap",
    [{ ...plain, name: "t", assignments: [{ partitionIndex: 1, brokerIds: [1] }] }],
    "INVALID_REPLICA_ASSIGNMENT",
  ],
] as const)("refuses %s", async (_, topics, error) => {
  await using node = await TestNode.start();
  const response = await node.connect().call(createTopicsApi, 7, { topics, validateOnly: false });
  expect(response.topics.map(({ errorCode }) => errorCode)).toEqual([errorTable[error].code]);
  expect(response.topics[0]!.errorMessage).not.toBeNull();
});

test("answers other topics of a request beside those that it refuses", async () => {
  await using node = await TestNode.start();
  const { topics } = await node.connect().call(createTopicsApi, 7, {
    topics: [
      { ...plain, name: "null-config", configs: [{ name: "retention.ms", value: null }] },
      { ...plain, name: "good" },
      { ...plain, name: "bad/name" },
    ],
    validateOnly: false,
  });
  expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    ["null-config", errorTable.INVALID_CONFIG.code],
    ["good", 0],
    ["bad/name", errorTable.INVALID_TOPIC_EXCEPTION.code],
  ]);
});

test("asks the authorizer for the cluster, then for each topic", async () => {
  await using node = await TestNode.start({
    authorizer: {
      isAllowed: (_, operation, type, name) =>
        (operation === "CREATE" && type === "topic" && name === "mine") ||
        (operation === "DESCRIBE_CONFIGS" && name !== "mine"),
    },
  });
  const { topics } = await node.connect().call(createTopicsApi, 7, {
    topics: [
      { ...plain, name: "mine" },
      { ...plain, name: "theirs" },
    ],
    validateOnly: false,
  });
  expect(topics).toEqual([
    expect.objectContaining({
      name: "mine",
      errorCode: 0,
      numPartitions: -1,
      configs: null,
      topicConfigErrorCode: errorTable.TOPIC_AUTHORIZATION_FAILED.code,
    }),
    expect.objectContaining({ name: "theirs", errorCode: errorTable.TOPIC_AUTHORIZATION_FAILED.code }),
  ]);
});

test("tells a client whose time is over while there is no controller", async () => {
  await using node = await TestNode.start();
  const client = node.connect();
  await node.cluster.controller.close();
  const answer = client.call(createTopicsApi, 7, {
    topics: [{ ...plain, name: "late" }],
    timeoutMs: 2_000,
    validateOnly: false,
  });
  await node.advance(2_500, 100);
  expect((await answer).topics[0]!.errorCode).toBe(errorTable.REQUEST_TIMED_OUT.code);
});
