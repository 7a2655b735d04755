// Controllers that come back other than they were: at another address, or with another disk.
import { rm } from "node:fs/promises";
import { QuorumAdminService } from "@millrace/proto/admin";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Launched } from "../commands/launch.ts";
import { waitUntil } from "../harness/index.ts";
import { grpcCall } from "./grpc-call.ts";
import { BROKER, clusterIdOf, directoryIdOf, QuorumUnderTest } from "./quorum-under-test.ts";

let quorum: QuorumUnderTest;
beforeAll(async () => {
  quorum = await QuorumUnderTest.start();
});
afterAll(async () => {
  await quorum[Symbol.asyncDispose]();
});

/** "id directory port" of each voter, in order. */
async function voters(): Promise<readonly string[]> {
  const { voters } = await grpcCall(
    quorum.stack.address(BROKER, "grpc"),
    QuorumAdminService.method.describeQuorum,
    {},
  );
  const lines = voters.map(
    ({ nodeId, directoryId, port }) => `${nodeId} ${Buffer.from(directoryId).toString("base64url")} ${port}`,
  );
  return lines.toSorted();
}

/** A controller is ready before the quorum has committed where it is. */
const untilVotersAre = (...expected: readonly string[]) =>
  waitUntil(async () => (await voters()).join() === expected.join(), {
    until: `the voters are ${expected.join(" and ")}`,
  });

const asPlanned = (nodeId: number, port = quorum.stack.process(nodeId).ports.grpc) =>
  `${nodeId} ${quorum.directoryId(nodeId)} ${port}`;

/** A controller of the stack, by hand. */
function startController(nodeId: number, clusterId: string, ...args: readonly string[]): Launched {
  const { dataDir, ports } = quorum.stack.process(nodeId);
  const controllers = quorum.controllers.map((id) => quorum.stack.address(id, "grpc")).join();
  return new Launched("millrace start", [
    ...[
      "--roles",
      "controller",
      "--node-id",
      String(nodeId),
      "--cluster-id",
      clusterId,
      "--data-dir",
      dataDir,
    ],
    ...["--http-port", String(ports.http), "--grpc-port", String(ports.grpc), "--controllers", controllers],
    ...args,
  ]);
}

test("a voter that comes up at another address tells the quorum, which finds it there", async () => {
  const { dataDir } = quorum.stack.process(3);
  await quorum.stack.act("kill", 3);
  const port = Math.max(...quorum.stack.processes.map((one) => one.ports.http)) + 1;
  {
    await using moved = startController(3, clusterIdOf(dataDir), "--grpc-port", String(port));
    await moved.untilReady();
    await untilVotersAre(asPlanned(1), asPlanned(2), asPlanned(3, port));
    await quorum.caughtUp();
  }
  await quorum.restart(3);
  await untilVotersAre(asPlanned(1), asPlanned(2), asPlanned(3));
});

test("a controller that was away while the active one moved catches up with it", async () => {
  const { dataDir } = quorum.stack.process(1);
  for (const nodeId of [1, 3]) await quorum.stack.act("kill", nodeId);
  const port = Math.max(...quorum.stack.processes.map((one) => one.ports.http)) + 1;
  {
    await using moved = startController(1, clusterIdOf(dataDir), "--grpc-port", String(port));
    await moved.untilReady();
    await untilVotersAre(asPlanned(1, port), asPlanned(2), asPlanned(3));
    await grpcCall(quorum.stack.address(2, "grpc"), QuorumAdminService.method.moveController, { nodeId: 1 });
    await quorum.restart(3); // it knows where the first one was
    await quorum.caughtUp();
  }
  await quorum.restart(1);
  await untilVotersAre(asPlanned(1), asPlanned(2), asPlanned(3));
});

test("a controller whose disk was replaced takes the place of the voter that it was, if it may", async () => {
  const { dataDir } = quorum.stack.process(2);
  const clusterId = clusterIdOf(dataDir);
  const before = asPlanned(2);
  await quorum.stack.act("kill", 2);
  await rm(dataDir, { recursive: true });
  await using replaced = startController(2, clusterId, "--set", "controller.quorum.auto.join.enable=true");
  await replaced.untilReady();
  const after = await waitUntil(
    async () => {
      const now = await voters();
      return now.length === 3 && !now.includes(before) && now;
    },
    { until: "the new disk's voter is in the quorum" },
  );
  expect(after).toContain(`2 ${directoryIdOf(dataDir)} ${quorum.stack.process(2).ports.grpc}`);
});
