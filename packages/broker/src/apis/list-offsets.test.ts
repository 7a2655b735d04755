import {
  type ListOffsetsPartitionInput,
  listOffsetsApi,
} from "@millrace/kafka-protocol/messages/list-offsets";
import { offsetForLeaderEpochApi } from "@millrace/kafka-protocol/messages/offset-for-leader-epoch";
import { errorTable } from "@millrace/runtime";
import { expect, test } from "vitest";
import { NOW_MS } from "../../test-support/batches.ts";
import { createTopic } from "../../test-support/create-topic.ts";
import { produceTo } from "../../test-support/produce-to.ts";
import type { TestClient } from "../../test-support/test-client.ts";
import { TestNode } from "../../test-support/test-node.ts";

async function withRecords() {
  const node = await TestNode.start();
  const client = node.connect();
  await createTopic(client, "t", { partitions: 2 });
  await produceTo(client, "t", 0, { values: ["a", "b"], timestampMs: NOW_MS - 2_000 });
  await produceTo(client, "t", 0, { values: ["c"], timestampMs: NOW_MS });
  await produceTo(client, "t", 0, { values: ["d"], timestampMs: NOW_MS - 1_000 });
  return { node, client };
}

async function list(
  client: TestClient,
  partition: Partial<ListOffsetsPartitionInput> & Pick<ListOffsetsPartitionInput, "timestamp">,
  version = 11,
) {
  const { topics } = await client.call(listOffsetsApi, version, {
    replicaId: -1,
    topics: [{ name: "t", partitions: [{ partitionIndex: 0, ...partition }] }],
  });
  const { errorCode, offset, timestamp, leaderEpoch } = topics[0]!.partitions[0]!;
  return [errorCode, offset, timestamp, leaderEpoch];
}

test.each([
  ["latest", -1, [0, 4, -1, 0]],
  ["earliest", -2, [0, 0, -1, 0]],
  ["of the largest timestamp", -3, [0, 2, NOW_MS, 0]],
  ["earliest local", -4, [0, 0, -1, 0]],
  ["latest tiered", -5, [0, -1, -1, -1]],
  ["earliest pending upload", -6, [0, -1, -1, -1]],
  ["none", -7, [errorTable.UNSUPPORTED_VERSION.code, -1, -1, -1]],
  ["of a time before all", 0, [0, 0, NOW_MS - 2_000, 0]],
  ["of a time between", NOW_MS - 1_999, [0, 2, NOW_MS, 0]],
  ["of a time after all", NOW_MS + 1, [0, -1, -1, -1]],
] as const)("lists the offset: %s", async (_, timestamp, expected) => {
  const { node, client } = await withRecords();
  await using _node = node;
  expect(await list(client, { timestamp })).toEqual(expected);
});

test.each([
  [-3, 6],
  [-4, 7],
  [-5, 8],
  [-6, 10],
])("does not know the special timestamp %d in version %d", async (timestamp, version) => {
  const { node, client } = await withRecords();
  await using _node = node;
  expect((await list(client, { timestamp }, version))[0]).toBe(errorTable.UNSUPPORTED_VERSION.code);
  expect((await list(client, { timestamp }, version + 1))[0]).toBe(0);
});

test("checks the leader epoch that the client knows", async () => {
  const { node, client } = await withRecords();
  await using _node = node;
  expect(await list(client, { timestamp: -1, currentLeaderEpoch: 0 })).toEqual([0, 4, -1, 0]);
  expect((await list(client, { timestamp: -1, currentLeaderEpoch: 1 }))[0]).toBe(
    errorTable.UNKNOWN_LEADER_EPOCH.code,
  );
});

test("finds no timestamp in an empty partition", async () => {
  const { node, client } = await withRecords();
  await using _node = node;
  expect(await list(client, { partitionIndex: 1, timestamp: -3 })).toEqual([0, -1, -1, -1]);
  expect(await list(client, { partitionIndex: 1, timestamp: 5 })).toEqual([0, -1, -1, -1]);
});

test("refuses a partition that is named twice, and only that", async () => {
  const { node, client } = await withRecords();
  await using _node = node;
  const { topics } = await client.call(listOffsetsApi, 5, {
    replicaId: -1,
    topics: [
      { name: "t", partitions: [0, 1, 0, 2].map((partitionIndex) => ({ partitionIndex, timestamp: -1 })) },
    ],
  });
  const { code: invalid } = errorTable.INVALID_REQUEST;
  expect(topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([
    invalid,
    0,
    invalid,
    errorTable.UNKNOWN_TOPIC_OR_PARTITION.code,
  ]);
});

test("says where an epoch ended, for clients that compare logs", async () => {
  const { node, client } = await withRecords();
  await using _node = node;
  const { topics } = await client.call(offsetForLeaderEpochApi, 4, {
    topics: [
      {
        topic: "t",
        partitions: [
          { partition: 0, leaderEpoch: 0 },
          { partition: 0, leaderEpoch: 7 },
          { partition: 0, leaderEpoch: -1 },
          { partition: 0, leaderEpoch: 0, currentLeaderEpoch: 3 },
          { partition: 5, leaderEpoch: 0 },
        ],
      },
    ],
  });
  expect(
    topics[0]!.partitions.map(({ errorCode, leaderEpoch, endOffset }) => [errorCode, leaderEpoch, endOffset]),
  ).toEqual([
    [0, 0, 4],
    [0, -1, -1],
    [0, -1, -1],
    [errorTable.UNKNOWN_LEADER_EPOCH.code, -1, -1],
    [errorTable.UNKNOWN_TOPIC_OR_PARTITION.code, -1, -1],
  ]);
});
