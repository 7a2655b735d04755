import { connect } from "@millrace/client";
import { expect, test } from "vitest";
import { MillraceNode } from "./millrace-node.ts";

test("roles of one process understand each other when every message between them is encoded", async () => {
  await using node = await MillraceNode.start(
    {
      listeners: [{ name: "PLAINTEXT", host: "127.0.0.1", port: 0 }],
      grpc: { host: "127.0.0.1", port: 0 },
      http: false,
    },
    { processMetrics: false, encodeCalls: true },
  );
  await using client = connect({ broker: `127.0.0.1:${node.grpc.port}` });
  const { admin } = client;
  const configs = { "retention.ms": "3600000" };
  await admin.createTopics([{ name: "orders", configs }, { name: "gone" }]);
  await admin.createPartitions([{ name: "orders", partitions: 2 }]);
  await admin.deleteTopics(["gone"]);
  await using producer = client.producer();
  await producer.send({ topic: "orders", partition: 1, key: "k", value: "v" });
  const read: unknown[] = [];
  for await (const { offset, key, value } of client.read({ topic: "orders", partition: 1, until: "end" })) {
    read.push([offset, String(key), String(value)]);
  }
  expect(read).toEqual([[0, "k", "v"]]);
  expect(await admin.deleteRecords([{ topic: "orders", partition: 1, offset: 1 }])).toEqual([1]);
  expect(await admin.listTopics()).toMatchObject([
    { name: "orders", partitions: [{ leader: 1 }, { leader: 1 }] },
  ]);
});
