import { uuidFromBytes } from "@millrace/controller";
import { AdminService, ConfigAlteration_Operation as Operation } from "@millrace/proto/admin";
import { errorTable } from "@millrace/runtime";
import { expect, test } from "vitest";
import { NOW_MS } from "../../test-support/batches.ts";
import { produceTo } from "../../test-support/produce-to.ts";
import { TestNode } from "../../test-support/test-node.ts";

test("creates, describes, grows and deletes topics", async () => {
  await using node = await TestNode.start();
  const admin = node.channel().client(AdminService);
  const created = await admin.createTopics({ topics: [{ name: "t", partitions: 2 }, { name: "a b" }] });
  expect(created.topics.map(({ name, partitions, error }) => [name, partitions, error?.code])).toEqual([
    ["t", 2, undefined],
    ["a b", 0, errorTable.INVALID_TOPIC_EXCEPTION.code],
  ]);
  const grown = await admin.createPartitions({ topics: [{ name: "t", partitions: 3 }] });
  expect(grown.topics[0]!.error).toBeUndefined();
  const { topics } = await admin.describeTopics({ names: ["t", "none"] });
  expect(
    topics.map(({ partitions, error }) => [partitions.map(({ leader }) => leader), error?.code]),
  ).toEqual([
    [[1, 1, 1], undefined],
    [[], errorTable.UNKNOWN_TOPIC_OR_PARTITION.code],
  ]);
  expect(uuidFromBytes(topics[0]!.topicId)).toHaveLength(22);
  const deleted = await admin.deleteTopics({
    topics: [{ reference: { case: "topicId", value: topics[0]!.topicId } }],
  });
  expect(deleted.topics).toEqual([expect.objectContaining({ name: "t" })]);
  expect((await admin.describeTopics({})).topics).toEqual([]);
});

test("describes and alters configs", async () => {
  await using node = await TestNode.start();
  const admin = node.channel().client(AdminService);
  await admin.createTopics({ topics: [{ name: "t" }] });
  const resource = { type: 2, name: "t" };
  const { resources } = await admin.alterConfigs({
    resources: [
      { resource, alterations: [{ name: "flush.ms", operation: Operation.SET, value: "5" }] },
      { resource: { type: 2, name: "none" } },
    ],
  });
  expect(resources.map(({ error }) => error?.code)).toEqual([
    undefined,
    errorTable.UNKNOWN_TOPIC_OR_PARTITION.code,
  ]);
  const described = await admin.describeConfigs({ resources: [resource, { type: 3, name: "x" }] });
  expect(described.resources[0]!.entries.find(({ name }) => name === "flush.ms")).toMatchObject({
    value: "5",
    source: 1,
  });
  expect(described.resources[1]!.error!.code).toBe(errorTable.INVALID_REQUEST.code);
});

test("lists offsets and deletes records", async () => {
  await using node = await TestNode.start();
  const admin = node.channel().client(AdminService);
  await admin.createTopics({ topics: [{ name: "t" }] });
  await produceTo(node.connect(), "t", 0, { values: ["a", "b"], timestampMs: NOW_MS });
  const deleted = await admin.deleteRecords({
    partitions: [
      { topic: "t", offset: 1n },
      { topic: "t", offset: 9n },
    ],
  });
  expect(deleted.partitions.map(({ offset, error }) => [offset, error?.code])).toEqual([
    [1n, undefined],
    [0n, errorTable.OFFSET_OUT_OF_RANGE.code],
  ]);
  const { answers } = await admin.listOffsets({
    queries: [-1n, -2n, -3n, BigInt(NOW_MS + 1), -9n].map((timestampMs) => ({ topic: "t", timestampMs })),
  });
  expect(answers.map(({ offset, timestampMs, error }) => error?.code ?? [offset, timestampMs])).toEqual([
    [2n, -1n],
    [1n, -1n],
    [1n, BigInt(NOW_MS)],
    [-1n, -1n],
    errorTable.UNSUPPORTED_VERSION.code,
  ]);
});

test("describes the cluster with its gRPC addresses", async () => {
  await using node = await TestNode.start();
  const cluster = await node.channel().client(AdminService).describeCluster({});
  expect(cluster).toMatchObject({
    clusterId: node.cluster.clusterId,
    controllerId: 1,
    brokers: [{ brokerId: 1, grpcHost: "localhost", grpcPort: 9094, fenced: false }],
  });
});

test("asks the authorizer on behalf of the connection, whatever origin the request names", async () => {
  const asked: string[] = [];
  await using node = await TestNode.start({
    authorizer: {
      isAllowed: ({ principal, requestName, clientId }, operation, type, name) => {
        asked.push(`${principal} ${clientId} ${requestName} ${operation} ${type} ${name}`);
        return false;
      },
    },
  });
  const origin = { principal: "User:root", request: "x", clientId: "y" };
  const { topics } = await node
    .channel()
    .client(AdminService)
    .createTopics({ topics: [{ name: "t" }], origin });
  expect(topics[0]!.error!.code).toBe(errorTable.TOPIC_AUTHORIZATION_FAILED.code);
  expect(asked).toEqual([
    "User:ANONYMOUS test CreateTopics CREATE cluster kafka-cluster",
    "User:ANONYMOUS test CreateTopics CREATE topic t",
  ]);
});
