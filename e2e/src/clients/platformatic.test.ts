import { Admin, Consumer, type ListedOffsetsTopic, Producer, stringSerializers } from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerUnderTest, startBrokerUnderTest } from "../harness/index.ts";
import { readPartition } from "./read-partition.ts";

let broker: BrokerUnderTest;
let admin: Admin;
const topic = "platformatic";

beforeAll(async () => {
  broker = await startBrokerUnderTest();
  admin = new Admin({ clientId: "e2e", bootstrapBrokers: [broker.bootstrap] });
  expect(await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 })).toMatchObject([
    { name: topic, partitions: 2, replicas: 1 },
  ]);
});
afterAll(async () => {
  await admin?.close();
  await broker?.[Symbol.asyncDispose]();
});

describe("@platformatic/kafka", () => {
  test("keys, headers and timestamps survive, idempotently produced", async () => {
    const producer = new Producer({
      clientId: "e2e",
      bootstrapBrokers: [broker.bootstrap],
      serializers: stringSerializers,
      idempotent: true,
      autocreateTopics: false,
    });
    const timestamp = 1_700_000_000_000;
    const headers = new Map([["one", "1"]]);
    const messages = [
      { topic, partition: 0, key: "key", value: "value", headers, timestamp: BigInt(timestamp) },
      { topic, partition: 0, key: "key", value: "more", timestamp: BigInt(timestamp + 1) },
    ];
    expect((await producer.send({ messages })).offsets).toEqual([{ topic, partition: 0, offset: 0n }]);
    expect((await producer.send({ messages })).offsets).toEqual([{ topic, partition: 0, offset: 2n }]);
    await producer.close();
    const sent = [
      { timestamp, key: "key", value: "value", headers: ["one=1"] },
      { timestamp: timestamp + 1, key: "key", value: "more", headers: [] },
    ];
    const read = await readPartition(broker.bootstrap, topic, 0);
    expect(read).toEqual([...sent, ...sent].map((record, offset) => ({ offset, ...record })));
  });

  test("fetches by partition, without a group", async () => {
    const consumer = new Consumer({ clientId: "e2e", groupId: "none", bootstrapBrokers: [broker.bootstrap] });
    const topicId = (await consumer.metadata({ topics: [topic] })).topics.get(topic)?.id ?? "";
    const partitions = [
      {
        partition: 0,
        currentLeaderEpoch: -1,
        fetchOffset: 1n,
        lastFetchedEpoch: -1,
        partitionMaxBytes: 1_000_000,
      },
    ];
    const { responses } = await consumer.fetch({
      ...{ node: 1, topics: [{ topicId, partitions }], minBytes: 1, maxBytes: 1_000_000, maxWaitTime: 1_000 },
    });
    expect(responses[0]?.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 4n });
    await consumer.close();
  });

  test("finds offsets, describes configs and log directories, adds partitions, deletes", async () => {
    const listed: ListedOffsetsTopic[] = await admin.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
    });
    expect(listed).toMatchObject([{ name: topic, partitions: [{ partitionIndex: 0, offset: 4n }] }]);
    const configs = await admin.describeConfigs({
      resources: [{ resourceType: 2, resourceName: topic, configurationKeys: ["cleanup.policy"] }],
    });
    expect(configs).toMatchObject([{ configs: [{ name: "cleanup.policy", value: "delete" }] }]);
    expect(await admin.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] })).toMatchObject([
      { results: [{ topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }] }] },
    ]);
    await admin.createPartitions({ topics: [{ name: topic, count: 3 }] });
    await admin.deleteTopics({ topics: [topic] });
    expect(await admin.listTopics()).not.toContain(topic);
  });
});
