import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { errorTable } from "@millrace/runtime";
import { expect, test } from "vitest";
import { TestBroker } from "../../test-support/test-broker.ts";
import { topicIdOf } from "../../test-support/test-image.ts";

const metadata = { topics: [{ name: "orders", partitions: 2 }, { name: "__consumer_offsets" }] };
const noCreation = { allowAutoTopicCreation: false };

test("all topics: null, and an empty list in version 0 only", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  const namesOf = async (version: number, topics: [] | null) =>
    (await client.call(metadataApi, version, { topics })).topics.map(({ name }) => name);
  expect(await namesOf(0, [])).toEqual(["__consumer_offsets", "orders"]);
  expect(await namesOf(1, [])).toEqual([]);
  expect(await namesOf(1, null)).toEqual(["__consumer_offsets", "orders"]);
  expect(await namesOf(13, null)).toEqual(["__consumer_offsets", "orders"]);
});

test("says who leads, under which epoch, and which topics are internal", async () => {
  await using broker = await TestBroker.start({ metadata });
  const { topics, clusterId, controllerId } = await broker.connect().call(metadataApi, 12, { topics: null });
  expect({ clusterId, controllerId }).toEqual({ clusterId: "test-cluster-id-000000", controllerId: 1 });
  expect(topics.map(({ isInternal }) => isInternal)).toEqual([true, false]);
  expect(topics[1]!.topicId).toBe(topicIdOf("orders"));
  expect(topics[1]!.partitions[1]).toMatchObject({
    partitionIndex: 1,
    leaderId: 1,
    leaderEpoch: 0,
    isrNodes: [1],
  });
});

test("names brokers by their address on the listener that was asked", async () => {
  const listeners = [
    { name: "PLAINTEXT", securityProtocol: "PLAINTEXT", host: "inside", port: 9092 },
    { name: "EXTERNAL", securityProtocol: "PLAINTEXT", host: "outside", port: 19092 },
  ];
  await using broker = await TestBroker.start({ metadata: { listeners } });
  const external = await broker.running.listener.open({ name: "EXTERNAL", host: "127.0.0.1", port: 0 });
  const inside = await broker.connect().call(metadataApi, 12, { topics: [] });
  const outside = await broker.connect(external.port).call(metadataApi, 12, { topics: [] });
  expect(inside.brokers).toEqual([{ nodeId: 1, host: "inside", port: 9092, rack: null }]);
  expect(outside.brokers).toEqual([{ nodeId: 1, host: "outside", port: 19092, rack: null }]);
});

test("a leader that no client can reach is none", async () => {
  await using broker = await TestBroker.start({ metadata: { topics: [{ name: "orders", leader: 2 }] } });
  const { topics } = await broker.connect().call(metadataApi, 12, { topics: null });
  const { errorCode, leaderId, offlineReplicas } = topics[0]!.partitions[0]!;
  expect({ errorCode, leaderId, offlineReplicas }).toEqual({
    errorCode: errorTable.LEADER_NOT_AVAILABLE.code,
    leaderId: -1,
    offlineReplicas: [2],
  });
});

test("asks by id since version 12", async () => {
  await using broker = await TestBroker.start({ metadata });
  const client = broker.connect();
  const request = { topics: ["orders", "gone"].map((name) => ({ topicId: topicIdOf(name), name: null })) };
  const { topics } = await client.call(metadataApi, 12, request);
  expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    ["orders", 0],
    [null, errorTable.UNKNOWN_TOPIC_ID.code],
  ]);
  const early = await client.call(metadataApi, 10, {
    topics: [{ topicId: topicIdOf("orders"), name: null }],
  });
  expect(early.topics[0]!.errorCode).toBe(errorTable.INVALID_REQUEST.code);
});

test("unknown and impossible names, without creating them", async () => {
  await using broker = await TestBroker.start({ metadata });
  const request = { topics: [{ name: "nowhere" }, { name: "not a name" }], ...noCreation };
  const { topics } = await broker.connect().call(metadataApi, 12, request);
  expect(topics.map(({ errorCode }) => errorCode)).toEqual([
    errorTable.UNKNOWN_TOPIC_OR_PARTITION.code,
    errorTable.INVALID_TOPIC_EXCEPTION.code,
  ]);
});

test("shows only what the client may see, and what it may do", async () => {
  const authorizer = {
    isAllowed: (_: unknown, operation: string, type: string, name: string) =>
      type === "topic" && name === "orders" && (operation === "DESCRIBE" || operation === "READ"),
  };
  await using broker = await TestBroker.start({ metadata, authorizer });
  const client = broker.connect();
  const all = await client.call(metadataApi, 12, { topics: null, includeTopicAuthorizedOperations: true });
  expect(all.topics.map(({ name, topicAuthorizedOperations }) => [name, topicAuthorizedOperations])).toEqual([
    ["orders", (1 << 8) | (1 << 3)],
  ]);
  const named = await client.call(metadataApi, 12, {
    topics: [{ name: "__consumer_offsets" }],
    ...noCreation,
  });
  expect(named.topics[0]!.errorCode).toBe(errorTable.TOPIC_AUTHORIZATION_FAILED.code);
});

test("a missing topic is created for the asking, and there when the answer comes", async () => {
  const created: string[] = [];
  const controller = {
    createTopics: async ({ topics = [] }: { topics?: { name?: string }[] }) => {
      for (const { name = "" } of topics) created.push(name);
      const names = [...metadata.topics, ...created.map((name) => ({ name }))];
      void broker.change({ topics: names });
      return { topics: topics.map(({ name }) => ({ name })), metadataOffset: 2n };
    },
  };
  await using broker = await TestBroker.start({ metadata, controller: controller as never });
  const client = broker.connect();
  const request = { topics: [{ name: "new" }, { name: "orders" }, { name: "__transaction_state" }] };
  const { topics } = await client.call(metadataApi, 9, request);
  expect(created).toEqual(["new"]);
  expect(topics.map(({ name, errorCode, partitions }) => [name, errorCode, partitions.length])).toEqual([
    ["new", 0, 1],
    ["orders", 0, 2],
    ["__transaction_state", errorTable.UNKNOWN_TOPIC_OR_PARTITION.code, 0],
  ]);
  const off = { allowAutoTopicCreation: false, topics: [{ name: "newer" }] };
  expect((await client.call(metadataApi, 9, off)).topics[0]!.errorCode).toBe(3);
  expect(created).toEqual(["new"]);
});

test("a controller that does not answer holds up nobody for long", async () => {
  const controller = { createTopics: () => new Promise(() => {}) };
  await using broker = await TestBroker.start({ metadata, controller: controller as never });
  const answer = broker.connect().call(metadataApi, 9, { topics: [{ name: "new" }] });
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  broker.runtime.clock.advance(500);
  expect((await answer).topics[0]!.errorCode).toBe(errorTable.UNKNOWN_TOPIC_OR_PARTITION.code);
});
