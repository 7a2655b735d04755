import { type Admin, ConfigResourceTypes, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerUnderTest, startBrokerUnderTest } from "../harness/index.ts";
import { readPartition } from "./read-partition.ts";

let broker: BrokerUnderTest;
let admin: Admin;
let producer: Producer;
const topic = "kafkajs";

beforeAll(async () => {
  broker = await startBrokerUnderTest();
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
  const topics = [{ topic, numPartitions: 2, configEntries: [{ name: "retention.ms", value: "-1" }] }];
  expect(await admin.createTopics({ topics })).toBe(true);
});
afterAll(async () => {
  await Promise.all([admin?.disconnect(), producer?.disconnect()]);
  await broker?.[Symbol.asyncDispose]();
});

describe("kafkajs", () => {
  test("creates a topic once, and sees it", async () => {
    expect(await admin.createTopics({ topics: [{ topic }] })).toBe(false);
    expect(await admin.listTopics()).toContain(topic);
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const partition = { leader: 1, replicas: [1], isr: [1], offlineReplicas: [], partitionErrorCode: 0 };
    expect(topics).toMatchObject([{ name: topic, partitions: [partition, partition] }]);
  });

  test("keys, headers, timestamps and null values survive", async () => {
    const timestamp = 1_700_000_000_000;
    await producer.send({
      topic,
      acks: -1,
      messages: [
        {
          partition: 0,
          key: "key",
          value: "value",
          headers: { one: "1", two: ["2", "3"] },
          timestamp: String(timestamp),
        },
        { partition: 0, key: "key", value: null, timestamp: String(timestamp + 1) },
        { partition: 0, key: null, value: "", timestamp: String(timestamp + 2) },
      ],
    });
    expect(await readPartition(broker.bootstrap, topic, 0)).toEqual([
      { offset: 0, timestamp, key: "key", value: "value", headers: ["one=1", "two=2", "two=3"] },
      { offset: 1, timestamp: timestamp + 1, key: "key", value: null, headers: [] },
      { offset: 2, timestamp: timestamp + 2, key: null, value: "", headers: [] },
    ]);
  });

  test("finds offsets: the ends, and by time", async () => {
    expect(await admin.fetchTopicOffsets(topic)).toEqual([
      { partition: 0, offset: "3", high: "3", low: "0" },
      { partition: 1, offset: "0", high: "0", low: "0" },
    ]);
    expect(await admin.fetchTopicOffsetsByTimestamp(topic, 1_700_000_000_001)).toEqual([
      { partition: 0, offset: "1" },
      { partition: 1, offset: "0" },
    ]);
  });

  test("deletes records before an offset", async () => {
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "2" }] });
    expect((await admin.fetchTopicOffsets(topic))[0]).toMatchObject({ high: "3", low: "2" });
    expect(await readPartition(broker.bootstrap, topic, 0)).toMatchObject([{ offset: 2 }]);
  });

  test("adds partitions, and describes and alters configs", async () => {
    await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    expect(topics[0]?.partitions).toHaveLength(4);

    const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
    const retention = async () => {
      const resources = [{ ...resource, configNames: ["retention.ms"] }];
      const described = await admin.describeConfigs({ resources, includeSynonyms: false });
      return described.resources[0]?.configEntries;
    };
    expect(await retention()).toMatchObject([
      { configName: "retention.ms", configValue: "-1", isDefault: false },
    ]);
    const configEntries = [{ name: "retention.ms", value: "123456" }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
    expect(await retention()).toMatchObject([{ configName: "retention.ms", configValue: "123456" }]);
  });

  test("is refused a record that is too large, and a topic that there is not", async () => {
    const large = [{ partition: 0, value: Buffer.alloc(2_000_000) }];
    await expect(producer.send({ topic, messages: large })).rejects.toMatchObject({
      type: "MESSAGE_TOO_LARGE",
    });
    await expect(admin.fetchTopicMetadata({ topics: ["no-such-topic"] })).rejects.toMatchObject({
      type: "UNKNOWN_TOPIC_OR_PARTITION",
    });
  });

  test("describes the cluster and deletes the topic", async () => {
    const [host, port] = broker.bootstrap.split(":");
    expect(await admin.describeCluster()).toMatchObject({
      brokers: [{ nodeId: 1, host, port: Number(port) }],
    });
    await admin.deleteTopics({ topics: [topic] });
    expect(await admin.listTopics()).not.toContain(topic);
  });
});
