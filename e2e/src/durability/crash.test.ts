import { connect } from "@millrace/client";
import { Kafka, logLevel } from "kafkajs";
import { describe, expect, test } from "vitest";
import { hasConfluentKafka, MillraceProcess, temporaryDirectory } from "../harness/index.ts";
import { EndlessSender } from "./endless-sender.ts";
import { NumberedProducer } from "./numbered-producer.ts";
import { createTopic, killRepeatedly, readAll } from "./restart.ts";

/** Kafka's smallest, so that a crash finds several segments. */
const smallSegments = { "segment.bytes": "1048576" };

describe("kill -9 while producing", () => {
  const reason = hasConfluentKafka ? "" : " (skipped: confluent-kafka is not on this machine)";
  test.skipIf(!hasConfluentKafka).each(["none", "lz4"])(
    `leaves every record of an idempotent producer that goes on, once and in order, codec %s${reason}`,
    async (codec) => {
      await using directory = await temporaryDirectory();
      await using first = await MillraceProcess.start({ dataDir: directory.path });
      await createTopic(first, "numbers", smallSegments);
      const args = ["--pad", "700", "--compression", codec];
      await using producer = new NumberedProducer(first.kafka, "numbers", args);
      const { acknowledged } = producer;
      await using node = await killRepeatedly(first, directory.path, [() => acknowledged.size], 1_000);
      expect(await producer.stop()).toBe(0);

      const found = (await readAll(node, "numbers")).map(({ value }) => Number.parseInt(value, 10));
      expect(found).toEqual(found.map((_, at) => at));
      expect(found.length).toBe(acknowledged.size);
      expect([...acknowledged].filter(([number, offset]) => number !== offset)).toEqual([]);
    },
  );

  test("keeps what kafkajs and our own client were told is there, at the offsets they were told", async () => {
    await using directory = await temporaryDirectory();
    await using first = await MillraceProcess.start({ dataDir: directory.path });
    await createTopic(first, "via-kafkajs");
    await createTopic(first, "via-client");

    const retry = { initialRetryTime: 20, maxRetryTime: 100, retries: 1_000 };
    const kafkajs = new Kafka({ brokers: [first.kafka], logLevel: logLevel.NOTHING, retry }).producer({
      retry,
    });
    await kafkajs.connect();
    const viaKafkajs = new EndlessSender(async (values) => {
      const messages = values.map((value) => ({ partition: 0, value }));
      const [sent] = await kafkajs.send({ topic: "via-kafkajs", acks: -1, messages });
      return Number(sent?.baseOffset);
    }, 100);
    await using client = connect({ broker: first.grpc });
    const producer = client.producer();
    const viaClient = new EndlessSender(async (values) => {
      const records = values.map((value) => producer.send({ topic: "via-client", partition: 0, value }));
      const [sent] = await Promise.all(records);
      return Number(sent?.offset);
    }, 100);
    const counts = [() => viaKafkajs.acknowledged.size, () => viaClient.acknowledged.size];
    await using node = await killRepeatedly(first, directory.path, counts, 500);
    await Promise.all([viaKafkajs.stop(), viaClient.stop()]);
    await kafkajs.disconnect();

    const senders = { "via-kafkajs": viaKafkajs, "via-client": viaClient };
    for (const [topic, { acknowledged }] of Object.entries(senders)) {
      const found = new Map((await readAll(node, topic)).map(({ offset, value }) => [offset, value]));
      expect([...acknowledged].filter(([value, offset]) => found.get(offset) !== value)).toEqual([]);
    }
  });
});

test.each(["cleanly", "by kill -9"])("a node that was stopped %s goes on where it was", async (how) => {
  await using directory = await temporaryDirectory();
  const values = Array.from({ length: 2_000 }, (_, at) => `${at} ${"x".repeat(1_000)}`);
  let before: unknown;
  {
    await using node = await MillraceProcess.start({ dataDir: directory.path });
    await createTopic(node, "kept", { ...smallSegments, "retention.ms": "-1" });
    await using client = connect({ broker: node.grpc });
    const producer = client.producer();
    await Promise.all(values.map((value) => producer.send({ topic: "kept", partition: 0, value })));
    before = await client.admin.listTopics();
    await client.admin.deleteRecords([{ topic: "kept", partition: 0, offset: 10 }]);
    if (how === "cleanly") expect(await node.stop()).toBe(0);
    else await node.kill();
  }
  await using node = await MillraceProcess.start({ dataDir: directory.path });
  await using client = connect({ broker: node.grpc });
  expect(await client.admin.listTopics()).toEqual(before);
  const found = await readAll(node, "kept");
  expect(found.map(({ value }) => value)).toEqual(values.slice(10));
  expect(found[0]?.offset).toBe(10);
  const next = await client.producer().send({ topic: "kept", partition: 0, value: "next" });
  expect(next.offset).toBe(values.length);
});
