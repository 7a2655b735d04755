// Three controllers and two brokers, each a process of its own. Sessions last ten minutes: who is fenced was found dead.
import { connect } from "@millrace/client";
import { describeClusterApi } from "@millrace/kafka-protocol/messages/describe-cluster";
import { QuorumAdminService } from "@millrace/proto/admin";
import { afterAll, beforeAll, expect, test } from "vitest";
import { millrace } from "../commands/launch.ts";
import { KafkaConnection, StackUnderTest, waitUntil } from "../harness/index.ts";
import { grpcCall } from "./grpc-call.ts";

const [ONE, TWO] = [101, 102];

let stack: StackUnderTest;
beforeAll(async () => {
  const sessions = ["--set", "broker.session.timeout.ms=600000"];
  stack = await StackUnderTest.start("--controllers", "3", "--brokers", "2", ...sessions);
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

const { describeQuorum, moveController } = QuorumAdminService.method;
const activeController = async (): Promise<number> =>
  (await grpcCall(stack.address(ONE, "grpc"), describeQuorum, {})).leaderId;

/** The broker that `ONE` takes for fenced. */
async function isFenced(brokerId: number): Promise<boolean> {
  await using connection = await KafkaConnection.open(stack.address(ONE, "kafka"));
  const request = { includeClusterAuthorizedOperations: false, includeFencedBrokers: true };
  const { brokers } = await connection.call(describeClusterApi, 2, request);
  return brokers.some((broker) => broker.brokerId === brokerId && broker.isFenced);
}

async function dumpOf(controller: number): Promise<readonly string[]> {
  const { dataDir } = stack.process(controller);
  const { stdout, stderr } = await millrace(["metadata", "dump", "--data-dir", dataDir]);
  expect(stderr).toBe("");
  return stdout.toString().trimEnd().split("\n");
}

test("a broker that is killed is fenced because its port refuses connections", async () => {
  await stack.act("kill", TWO);
  await waitUntil(() => isFenced(TWO), { until: "the killed broker is fenced" });
  await stack.act("restart", TWO);
  await waitUntil(async () => !(await isFenced(TWO)), { until: "the broker is back" });
});

test("a broker that is killed together with the active controller is fenced by the next one", async () => {
  const leaderId = await activeController();
  await Promise.all([stack.act("kill", leaderId), stack.act("kill", TWO)]);
  await waitUntil(() => isFenced(TWO), { until: "the next controller has fenced the killed broker" });
  expect(await isFenced(ONE)).toBe(false);
  await Promise.all([stack.act("restart", leaderId), stack.act("restart", TWO)]);
  await waitUntil(async () => !(await isFenced(TWO)), { until: "the broker is back" });
});

test("the active controller moves on request, changes go on, and all have one log, by name of who asked", async () => {
  await using client = connect({ broker: stack.address(ONE, "grpc"), clientId: "mover" });
  for (const nodeId of [1, 2, 3]) {
    const moved = await grpcCall(stack.address(ONE, "grpc"), moveController, { nodeId });
    expect([moved.nodeId, await activeController()]).toEqual([nodeId, nodeId]);
    await client.admin.createTopics([{ name: `moved-${nodeId}` }]);
  }
  const dumps = await waitUntil(
    async () => {
      const all = await Promise.all([1, 2, 3].map(dumpOf));
      return new Set(all.map((lines) => lines.join("\n"))).size === 1 && all;
    },
    { until: "all controllers have written the same" },
  );
  const created = dumps[0]!.filter((line) => line.includes("topic moved-"));
  expect(created.map((line) => /topic (moved-\d) /.exec(line)?.[1])).toEqual([
    "moved-1",
    "moved-2",
    "moved-3",
  ]);
  expect(created.every((line) => line.includes("User:ANONYMOUS (mover, 127.0.0.1)  CreateTopics"))).toBe(
    true,
  );
});
