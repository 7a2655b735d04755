import { stubQuorum, TestCluster, testUuid, testVoter } from "@millrace/controller/testing";
import { addRaftVoterApi } from "@millrace/kafka-protocol/messages/add-raft-voter";
import {
  type DescribeQuorumRequestInput,
  describeQuorumApi,
} from "@millrace/kafka-protocol/messages/describe-quorum";
import { removeRaftVoterApi } from "@millrace/kafka-protocol/messages/remove-raft-voter";
import { type ErrorName, errorTable } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { TestNode } from "../../test-support/test-node.ts";

async function start(refusal?: Parameters<typeof stubQuorum>[0]) {
  const { quorum, changes } = stubQuorum(refusal);
  const cluster = await TestCluster.start({ quorum });
  const node = await TestNode.start({ cluster });
  const stack = new AsyncDisposableStack();
  stack.use(cluster);
  stack.use(node);
  return { node, client: node.connect(), changes, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const metadata: DescribeQuorumRequestInput = {
  topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
};

describe("DescribeQuorum", () => {
  test("tells what the leader knows of voters, of observers, and of brokers by their sessions", async () => {
    await using started = await start();
    const nowMs = started.node.runtime.clock.nowMs();
    const response = await started.client.call(describeQuorumApi, 2, metadata);
    expect(response).toMatchObject({ errorCode: 0, topics: [{ topicName: "__cluster_metadata" }] });
    const [partition] = response.topics[0]!.partitions;
    const state = (id: number, logEndOffset: number, fetched: number, caughtUp: number) => ({
      replicaId: id,
      replicaDirectoryId: testUuid(100 + id),
      logEndOffset,
      lastFetchTimestamp: fetched,
      lastCaughtUpTimestamp: caughtUp,
    });
    expect(partition).toMatchObject({
      errorCode: 0,
      leaderId: 1,
      leaderEpoch: 5,
      highWatermark: 40,
      currentVoters: [state(11, 41, nowMs, nowMs), state(12, 40, nowMs - 10, -1)],
      observers: [state(13, 34, nowMs - 70, -1), { replicaId: 1, replicaDirectoryId: testUuid(1) }],
    });
    expect(response.nodes).toEqual(
      [11, 12].map((nodeId) => ({
        nodeId,
        listeners: [{ name: "CONTROLLER", ...testVoter(nodeId).endpoint }],
      })),
    );
  });

  test.each([0, 1])("tells old clients what they can read: version %d", async (version) => {
    await using started = await start();
    const { topics } = await started.client.call(describeQuorumApi, version, metadata);
    const [partition] = topics[0]!.partitions;
    expect(partition!.currentVoters.map(({ replicaId, logEndOffset }) => [replicaId, logEndOffset])).toEqual([
      [11, 41],
      [12, 40],
    ]);
  });

  test.each([
    ["another topic", [{ topicName: "t", partitions: [{ partitionIndex: 0 }] }]],
    ["another partition", [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 1 }] }]],
    ["two topics", [...metadata.topics, { topicName: "t", partitions: [{ partitionIndex: 0 }] }]],
  ])("knows no quorum of %s", async (_, topics) => {
    await using started = await start();
    const response = await started.client.call(describeQuorumApi, 2, { topics });
    expect(response.errorCode).toBe(0);
    const errors = response.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
    expect(new Set(errors)).toEqual(new Set([errorTable.UNKNOWN_TOPIC_OR_PARTITION.code]));
  });
});

const added = {
  clusterId: null,
  timeoutMs: 1_000,
  voterId: 13,
  voterDirectoryId: testUuid(113),
  listeners: [{ name: "CONTROLLER", ...testVoter(13).endpoint }],
};
const removed = { clusterId: null, voterId: 12, voterDirectoryId: testUuid(112) };

describe("voters", () => {
  test("are added at their first listener, and removed", async () => {
    await using started = await start();
    const { client, changes } = started;
    expect(await client.call(addRaftVoterApi, 1, added)).toMatchObject({ errorCode: 0, errorMessage: null });
    expect(await client.call(removeRaftVoterApi, 0, removed)).toMatchObject({ errorCode: 0 });
    expect(changes).toEqual([{ added: testVoter(13) }, { removed: { id: 12, directoryId: testUuid(112) } }]);
  });

  test.each([
    ["DUPLICATE_VOTER", "DUPLICATE_VOTER"],
    ["UNKNOWN_VOTER", "VOTER_NOT_FOUND"],
    ["LAST_VOTER", "INVALID_REQUEST"],
    ["NOT_CAUGHT_UP", "REQUEST_TIMED_OUT"],
    ["CHANGE_IN_PROGRESS", "REQUEST_TIMED_OUT"],
  ] as const)("are refused as Kafka does: %s is %s", async (refusal, error) => {
    await using started = await start(refusal);
    const { code: errorCode } = errorTable[error];
    const calls = Promise.all([
      started.client.call(addRaftVoterApi, 1, added),
      started.client.call(removeRaftVoterApi, 0, removed),
    ]);
    await started.node.advance(12_000, 500); // what may pass is waited for
    const answers = await calls;
    expect(answers).toMatchObject([
      { errorCode, errorMessage: expect.any(String) },
      { errorCode, errorMessage: expect.any(String) },
    ]);
  });

  test.each([
    ["another cluster", { clusterId: "another" }, "INCONSISTENT_CLUSTER_ID"],
    ["no directory", { voterDirectoryId: "AAAAAAAAAAAAAAAAAAAAAA" }, "INVALID_REQUEST"],
    ["the observer's id with another directory", { voterDirectoryId: testUuid(1) }, "INVALID_VOTER_KEY"],
    ["no listener", { listeners: [] }, "INVALID_REQUEST"],
  ] as const satisfies readonly (readonly [string, object, ErrorName])[])(
    "are not taken with %s",
    async (_, wrong, error) => {
      await using started = await start();
      const { client, changes } = started;
      const answer = await client.call(addRaftVoterApi, 1, { ...added, ...wrong });
      expect(answer).toMatchObject({ errorCode: errorTable[error].code });
      expect(changes).toEqual([]);
    },
  );
});
