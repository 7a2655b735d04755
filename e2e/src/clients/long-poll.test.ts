import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { listOffsetsApi } from "@millrace/kafka-protocol/messages/list-offsets";
import { Kafka, logLevel } from "kafkajs";
import { expect, test } from "vitest";
import { KafkaConnection, startBrokerUnderTest } from "../harness/index.ts";

const LATEST = -1;

test("a fetch waits for data and is answered when it comes, and holds up no other connection", async () => {
  await using broker = await startBrokerUnderTest();
  const producer = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic: "awaited", acks: -1, messages: [{ partition: 0, value: "first" }] });
  await using waiting = await KafkaConnection.open(broker.bootstrap);
  await using other = await KafkaConnection.open(broker.bootstrap);

  const order: string[] = [];
  const partitions = [{ partition: 0, fetchOffset: 1, partitionMaxBytes: 1_000_000 }];
  // Far longer than the test may take: it is the record that ends the wait.
  const fetched = waiting
    .call(fetchApi, 11, {
      ...{ replicaId: -1, maxWaitMs: 600_000, minBytes: 1, maxBytes: 1_000_000, sessionEpoch: -1 },
      ...{ topics: [{ topic: "awaited", partitions }], forgottenTopicsData: [], rackId: "" },
    })
    .then(({ responses }) => {
      order.push("fetched");
      return responses[0]?.partitions[0];
    });
  // Requests of one connection are answered in order: whatever this one asks next waits as well.
  const behind = waiting
    .call(listOffsetsApi, 1, {
      replicaId: -1,
      topics: [{ name: "awaited", partitions: [{ partitionIndex: 0, timestamp: LATEST }] }],
    })
    .then(({ topics }) => {
      order.push("behind it");
      return topics[0]?.partitions[0]?.offset;
    });
  await other.call(listOffsetsApi, 1, {
    replicaId: -1,
    topics: [{ name: "awaited", partitions: [{ partitionIndex: 0, timestamp: LATEST }] }],
  });
  order.push("another connection");
  await producer.send({ topic: "awaited", acks: -1, messages: [{ partition: 0, value: "second" }] });
  const answer = await fetched;
  expect(answer).toMatchObject({ errorCode: 0, highWatermark: 2 });
  expect(answer?.records?.includes("second")).toBe(true);
  expect(await behind).toBeGreaterThanOrEqual(1);
  expect(order).toEqual(["another connection", "fetched", "behind it"]);
  await producer.disconnect();
});
