import { rmSync } from "node:fs";
import { connect, type MillraceClient } from "@millrace/client";
import { addRaftVoterApi } from "@millrace/kafka-protocol/messages/add-raft-voter";
import { removeRaftVoterApi } from "@millrace/kafka-protocol/messages/remove-raft-voter";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KafkaConnection, StackUnderTest, waitUntil } from "../harness/index.ts";
import { createSurely } from "../quorum/create-surely.ts";
import { directoryIdOf, dumpOf } from "../quorum/quorum-under-test.ts";
import { voterIds } from "../quorum/voter-ids.ts";

const CONTROLLERS = [1, 2, 3];
const BROKER = 101;

let stack: StackUnderTest;
const acknowledged: string[] = [];
beforeAll(async () => {
  stack = await StackUnderTest.start("--controllers", "3", "--brokers", "1", "--coordinators", "1");
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

const activeController = (): Promise<number> =>
  waitUntil(() => stack.activeController(), { until: "one controller is active" });

async function createTopic(client: MillraceClient, name: string): Promise<void> {
  await createSurely(client, name);
  acknowledged.push(name);
}

/** Asked for without a majority: whoever led may have written it down, and a later majority may find it there. */
const UNDECIDED = "undecided";

async function expectAllTopics(client: MillraceClient): Promise<void> {
  const names = (await client.admin.listTopics())
    .map(({ name }) => name)
    .filter((name) => name !== UNDECIDED);
  expect(names.toSorted()).toEqual(acknowledged.toSorted());
}

test("one of three is active; kill -9 of it, again and again, loses nothing that was acknowledged", async () => {
  await using client = connect({ broker: stack.address(BROKER, "grpc") });
  for (let round = 0; round < 5; round++) {
    const active = await activeController();
    await createTopic(client, `before-${round}`);
    const killing = stack.act("kill", active);
    for (let i = 0; i < 5; i++) await createTopic(client, `during-${round}-${i}`);
    await killing;
    await createTopic(client, `without-${active}-${round}`);
    await stack.act("restart", active);
  }
  await expectAllTopics(client);
});

test("an active controller that stands still is replaced, and follows when it goes on", async () => {
  await using client = connect({ broker: stack.address(BROKER, "grpc") });
  const active = await activeController();
  await stack.act("pause", active);
  await createTopic(client, "while-it-stood-still");
  expect(await activeController()).not.toBe(active);
  await stack.act("resume", active);
  await waitUntil(async () => (await stack.states()).get(active) === "ready", { until: "it is back" });
  expect(await activeController()).not.toBe(active);
  await createTopic(client, "afterwards");
  await expectAllTopics(client);
});

test("without a majority nothing is acknowledged, and the broker serves what it leads", async () => {
  await using client = connect({ broker: stack.address(BROKER, "grpc") });
  await stack.act("kill", 1);
  await stack.act("kill", 2);
  await client.producer().send({ topic: "afterwards", value: "kept" });
  await expect(client.admin.createTopics([{ name: UNDECIDED }])).rejects.toMatchObject({ name: "ApiError" });
  await stack.act("restart", 1);
  await createTopic(client, "a-majority-again");
  await stack.act("restart", 2);
});

test("after the end of all controllers each can be restarted by itself, and none waits in vain for the others", async () => {
  await using client = connect({ broker: stack.address(BROKER, "grpc") });
  await Promise.all(CONTROLLERS.map((nodeId) => stack.act("kill", nodeId)));
  expect(await stack.act("restart", 1)).toContain("majority of controllers runs (1 of 3 do)");
  expect(await stack.act("restart", 2)).toMatch(/^restarted: controller-2 \(pid \d+\)$/m);
  await stack.act("restart", 3);
  await createTopic(client, "after-the-end-of-all");
  await expectAllTopics(client);
});

test("a controller with another disk is another voter: it has to be added, and the old one removed", async () => {
  await using client = connect({ broker: stack.address(BROKER, "grpc") });
  const { dataDir, host, ports } = stack.process(3);
  await stack.act("kill", 3);
  const old = directoryIdOf(dataDir);
  rmSync(dataDir, { recursive: true });
  await stack.act("restart", 3);
  const fresh = directoryIdOf(dataDir);
  expect(fresh).not.toBe(old);

  await using kafka = await KafkaConnection.open(stack.address(BROKER, "kafka"));
  const removed = { clusterId: null, voterId: 3, voterDirectoryId: old };
  expect(await kafka.call(removeRaftVoterApi, 0, removed)).toMatchObject({ errorCode: 0 });
  expect(await voterIds(kafka)).toEqual([1, 2]);
  const added = {
    clusterId: null,
    timeoutMs: 10_000,
    voterId: 3,
    voterDirectoryId: fresh,
    listeners: [{ name: "CONTROLLER", host, port: ports.grpc }],
  };
  await waitUntil(async () => (await kafka.call(addRaftVoterApi, 0, added)).errorCode === 0, {
    until: "it has caught up and is a voter",
  });
  expect(await voterIds(kafka)).toEqual([1, 2, 3]);
  await createTopic(client, "with-a-new-voter");
  await expectAllTopics(client);
});

test("the logs of all three say the same", async () => {
  expect(await stack.stop()).toBe(0);
  const dumps = await Promise.all(CONTROLLERS.map((nodeId) => dumpOf(stack.process(nodeId).dataDir)));
  const shortest = Math.min(...dumps.map((records) => records.length));
  expect(shortest).toBeGreaterThan(acknowledged.length);
  for (const records of dumps) expect(records.slice(0, shortest)).toEqual(dumps[0]?.slice(0, shortest));
});
