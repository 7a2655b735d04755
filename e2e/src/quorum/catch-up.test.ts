import { rmSync } from "node:fs";
import { addRaftVoterApi } from "@millrace/kafka-protocol/messages/add-raft-voter";
import { createTopicsApi } from "@millrace/kafka-protocol/messages/create-topics";
import { describeQuorumApi } from "@millrace/kafka-protocol/messages/describe-quorum";
import { removeRaftVoterApi } from "@millrace/kafka-protocol/messages/remove-raft-voter";
import { expect, test } from "vitest";
import { KafkaConnection, waitUntil } from "../harness/index.ts";
import { outcomeOf } from "./outcome.ts";
import { QuorumUnderTest } from "./quorum-under-test.ts";
import { TopicCreator } from "./topic-creator.ts";

/** Kafka's error codes. */
const [DONE, TOPIC_ALREADY_EXISTS] = [0, 36];

const changing = { changesThem: true };

test("a controller that was away for longer than the others keep their log comes back by a snapshot", async () => {
  const often = ["metadata.log.max.record.bytes.between.snapshots", "internal.metadata.log.segment.bytes"];
  await using quorum = await QuorumUnderTest.start(...often.flatMap((name) => ["--set", `${name}=4096`]));
  const load = [new TopicCreator(quorum.bootstrap, "topic", changing)];
  const active = await quorum.active();
  const away = quorum.controllers.find((nodeId) => nodeId !== active)!;
  await waitUntil(() => load[0]!.acknowledged.size > 3, { until: "there is something to forget" });
  quorum.kill(away);
  const lastOffset = (await quorum.dump(away)).at(-1)!.offset;
  for (const nodeId of quorum.controllers) {
    if (nodeId === away) continue;
    await waitUntil(async () => (await quorum.dump(nodeId))[0]!.offset > lastOffset + 1, {
      until: `controller ${nodeId} has let go of what the other one needs`,
    });
  }
  await quorum.restart(away);
  const { there, acknowledged, doneTwice } = await outcomeOf(quorum, load);
  expect(there).toEqual(acknowledged);
  expect(doneTwice).toEqual([]);

  // And it has all of it: those that had it before are not needed to go on.
  quorum.kill(await quorum.active());
  const more = new TopicCreator(quorum.bootstrap, "more");
  await waitUntil(() => more.acknowledged.size > 3, { until: "changes go on" });
  await more.stop();
});

test("one whose disk was wiped does not vote as the one it was; it follows, and votes when it was added", async () => {
  await using quorum = await QuorumUnderTest.start();
  await using kafka = await KafkaConnection.open(quorum.bootstrap);
  const load = [new TopicCreator(quorum.bootstrap, "topic", changing)];
  const active = await quorum.active();
  const [wiped = 0, other = 0] = quorum.controllers.filter((nodeId) => nodeId !== active);
  const { dataDir, host, ports } = quorum.stack.process(wiped);
  const before = quorum.directoryId(wiped);
  quorum.kill(wiped);
  rmSync(dataDir, { recursive: true });
  await quorum.restart(wiped);
  const now = quorum.directoryId(wiped);
  expect(now).not.toBe(before);

  const members = await quorumOf(kafka);
  expect(members.voters).toContainEqual([wiped, before]);
  expect(members.voters).not.toContainEqual([wiped, now]);
  await waitUntil(
    async () => (await quorumOf(kafka)).observers.some(([id, key]) => id === wiped && key === now),
    {
      until: "it follows",
    },
  );
  await Promise.all(load.map((creator) => creator.stop()));

  // Of the three voters one is left: with the wiped one's vote it would lead.
  quorum.kill(other);
  expect(await createTopic(kafka, "undecided")).not.toBe(DONE);
  await quorum.restart(other);
  // It was not acknowledged, but may be in the log of the one that asked for votes in vain.
  expect([DONE, TOPIC_ALREADY_EXISTS]).toContain(await createTopic(kafka, "undecided"));

  const going = new TopicCreator(quorum.bootstrap, "going", changing);
  const removed = { clusterId: null, voterId: wiped, voterDirectoryId: before };
  expect(await kafka.call(removeRaftVoterApi, 0, removed)).toMatchObject({ errorCode: 0 });
  const added = {
    clusterId: null,
    timeoutMs: 30_000,
    voterId: wiped,
    voterDirectoryId: now,
    listeners: [{ name: "CONTROLLER", host, port: ports.grpc }],
  };
  expect(await kafka.call(addRaftVoterApi, 0, added)).toMatchObject({ errorCode: 0 });
  expect((await quorumOf(kafka)).voters).toContainEqual([wiped, now]);

  // Its vote and its log count now.
  quorum.kill(other);
  const acknowledgedBefore = going.acknowledged.size;
  await waitUntil(() => going.acknowledged.size > acknowledgedBefore + 3, { until: "changes go on" });
  await quorum.restart(other);
  const { there, acknowledged, doneTwice } = await outcomeOf(quorum, [...load, going]);
  expect(there).toEqual({ ...acknowledged, undecided: 1 });
  expect(doneTwice).toEqual([]);
});

type Member = readonly [id: number, directoryId: string];

async function quorumOf(kafka: KafkaConnection) {
  const topics = [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }];
  const { topics: described } = await kafka.call(describeQuorumApi, 2, { topics });
  const { currentVoters = [], observers = [] } = described[0]?.partitions[0] ?? {};
  const keys = (members: typeof currentVoters): readonly Member[] =>
    members.map(({ replicaId, replicaDirectoryId }) => [replicaId, String(replicaDirectoryId)]);
  return { voters: keys(currentVoters), observers: keys(observers) };
}

/** Kafka's error code; a broker looks for an active controller for five seconds. */
async function createTopic(kafka: KafkaConnection, name: string): Promise<number> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const request = { topics: [topic], timeoutMs: 30_000, validateOnly: false };
  return (await kafka.call(createTopicsApi, 7, request)).topics[0]!.errorCode;
}
