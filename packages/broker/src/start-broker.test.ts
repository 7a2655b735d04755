import { TestCluster } from "@millrace/controller/testing";
import { deleteTopicsApi } from "@millrace/kafka-protocol/messages/delete-topics";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { AdminService } from "@millrace/proto/admin";
import { ControllerService } from "@millrace/proto/controller";
import { MemoryDisk } from "@millrace/runtime";
import { expect, test } from "vitest";
import { recordsOf } from "../test-support/batches.ts";
import { createTopic } from "../test-support/create-topic.ts";
import { produceTo } from "../test-support/produce-to.ts";
import type { TestClient } from "../test-support/test-client.ts";
import { TestNode } from "../test-support/test-node.ts";

async function read(client: TestClient, topic: string) {
  const { responses } = await client.call(fetchApi, 11, {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
  });
  const { errorCode, records } = responses[0]!.partitions[0]!;
  return errorCode === 0 ? recordsOf(records as Buffer | null) : errorCode;
}

async function directories(disk: MemoryDisk): Promise<string[]> {
  const entries = await disk.list("");
  return entries
    .filter(({ kind }) => kind === "directory")
    .map(({ name }) => name.replace(/[0-9a-f]{32}/, "*"));
}

test("serves once the controller has taken it into service", async () => {
  await using node = await TestNode.start();
  const [endpoint] = node.broker.endpoints;
  expect(endpoint).toMatchObject({ name: "PLAINTEXT", host: "127.0.0.1", advertisedHost: "broker.test" });
  expect(endpoint!.port).toBeGreaterThan(0);
  const client = node.connect();
  const response = await client.call(metadataApi, 12, { topics: [] });
  expect(response.brokers).toEqual([
    expect.objectContaining({ nodeId: 1, host: "broker.test", port: endpoint!.port }),
  ]);
  expect(node.complaints).toEqual([]);
});

test("keeps its records over a restart, and says that it stopped in order", async () => {
  await using cluster = await TestCluster.start();
  const disk = new MemoryDisk();
  {
    await using node = await TestNode.start({ cluster, disk });
    await createTopic(node.connect(), "t");
    await produceTo(node.connect(), "t", 0, { values: ["a", "b"] });
  }
  expect(cluster.controller.image.broker(1)).toMatchObject({ fenced: true });
  expect(String(await disk.readFile(".kafka_cleanshutdown"))).toMatch(/"brokerEpoch":\d+/);
  await using node = await TestNode.start({ cluster, disk, incarnation: 2 });
  expect(await read(node.connect(), "t")).toEqual([
    [0, "a"],
    [1, "b"],
  ]);
  expect(node.complaints).toEqual([]);
});

test("sets logs aside that younger or foreign metadata does not know, and deletes none of them", async () => {
  const disk = new MemoryDisk();
  {
    await using node = await TestNode.start({ disk });
    await createTopic(node.connect(), "t");
    await produceTo(node.connect(), "t", 0, { values: ["acknowledged"] });
  }
  await using node = await TestNode.start({ disk }); // another cluster's metadata, which is empty
  expect(await directories(disk)).toEqual(["t-0.*-stray"]);
  expect(node.complaints).toEqual([expect.stringContaining("set aside: t-0")]);
  await createTopic(node.connect(), "t");
  expect(await read(node.connect(), "t")).toEqual([]);
  expect(await directories(disk)).toEqual(["t-0", "t-0.*-stray"]);
});

test("sets aside logs of topics that were removed while it was away", async () => {
  await using cluster = await TestCluster.start();
  const disk = new MemoryDisk();
  {
    await using node = await TestNode.start({ cluster, disk });
    await createTopic(node.connect(), "gone");
    await createTopic(node.connect(), "kept");
  }
  const controller = cluster.channel({ nodeId: 1 }).client(ControllerService);
  await controller.deleteTopics({ topics: [{ reference: { case: "name", value: "gone" } }] });
  await using _node = await TestNode.start({ cluster, disk, incarnation: 2 });
  expect(await directories(disk)).toEqual(["gone-0.*-stray", "kept-0"]);
});

test("deletes logs of topics that are removed before its eyes", async () => {
  const disk = new MemoryDisk();
  await using node = await TestNode.start({ disk });
  const client = node.connect();
  await createTopic(client, "gone");
  await client.call(deleteTopicsApi, 4, { topicNames: ["gone"], timeoutMs: 1_000 });
  expect(await directories(disk)).toEqual(["gone-0.*-delete"]);
});

test("ends what waits when it is closed: long polls, connections, streams", async () => {
  const node = await TestNode.start();
  const client = node.connect();
  await createTopic(client, "t");
  client.send(fetchApi, 11, {
    maxWaitMs: 60_000,
    minBytes: 1,
    topics: [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
  });
  await node[Symbol.asyncDispose]();
  await client.untilClosed();
  await expect(node.channel().client(AdminService).describeCluster({})).rejects.toMatchObject({
    id: "NETWORK_EXCEPTION",
  });
});

test("hands nothing over once its node has failed, before closing or while it does", async () => {
  const failure = new AbortController();
  const node = await TestNode.start({ failed: failure.signal });
  // No heartbeat is answered, and no time passes that would end the wait.
  await node.cluster[Symbol.asyncDispose]();
  const closing = node.broker.close();
  failure.abort();
  await closing;

  const late = await TestNode.start({ failed: failure.signal });
  await late.cluster[Symbol.asyncDispose]();
  await late.broker.close();
  expect([...node.complaints, ...late.complaints].join()).not.toContain("could not be handed over");
});

test("a topic that comes again under its name starts empty", async () => {
  await using node = await TestNode.start();
  const client = node.connect();
  await createTopic(client, "t");
  await produceTo(client, "t", 0, { values: ["old"] });
  await client.call(deleteTopicsApi, 4, { topicNames: ["t"], timeoutMs: 1_000 });
  await createTopic(client, "t");
  expect(await read(client, "t")).toEqual([]);
});

test("cannot be started on an address that is taken, and leaves its directory usable", async () => {
  const disk = new MemoryDisk();
  const taken = { name: "A", host: "127.0.0.1", port: 9092 };
  await expect(TestNode.start({ disk, listeners: [taken, { ...taken, name: "B" }] })).rejects.toMatchObject({
    reason: "inUse",
  });
  await using node = await TestNode.start({ disk, listeners: [taken] });
  expect(node.broker.endpoints).toHaveLength(1);
});
