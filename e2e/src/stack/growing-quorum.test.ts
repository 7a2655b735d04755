import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type MillraceClient } from "@millrace/client";
import { expect, test } from "vitest";
import { Launched, millrace } from "../commands/launch.ts";
import {
  KafkaConnection,
  launcher,
  mustRun,
  StackUnderTest,
  temporaryDirectory,
  waitUntil,
} from "../harness/index.ts";
import { createSurely } from "../quorum/create-surely.ts";
import { voterIds } from "../quorum/voter-ids.ts";

const BROKER = 101;

interface Controller {
  readonly nodeId: number;
  readonly dataDir: string;
  readonly grpcPort: number;
}

test("a quorum grows to five and shrinks to the new three under load, and nothing is lost or done twice", async () => {
  await using directory = await temporaryDirectory();
  await using stack = await StackUnderTest.start("--controllers", "3", "--brokers", "1");
  await using kafka = await KafkaConnection.open(stack.address(BROKER, "kafka"));
  await using client = connect({ broker: stack.address(BROKER, "grpc") });
  const load = createTopicsUntilStopped(client);

  const first = [1, 2, 3].map((nodeId): Controller => {
    const { dataDir, ports } = stack.process(nodeId);
    return { nodeId, dataDir, grpcPort: ports.grpc };
  });
  // Above the ports of the stack, which leaves a distance to the next one.
  const highest = Math.max(...stack.processes.map(({ ports }) => ports.http));
  const more = [4, 5].map((nodeId): Controller => {
    return { nodeId, dataDir: join(directory.path, String(nodeId)), grpcPort: highest + nodeId };
  });
  await using started = new AsyncDisposableStack();
  for (const controller of more) {
    const process = started.use(new Launched("millrace start", argsOf(controller, first)));
    await process.untilReady();
    const add = ["quorum", "add", String(controller.nodeId), "--data-dir", stack.dir];
    await waitUntil(async () => (await millrace(add)).exitCode === 0, {
      until: `controller ${controller.nodeId} follows and is a voter`,
    });
  }
  expect(await voterIds(kafka)).toEqual([1, 2, 3, 4, 5]);

  for (const { nodeId } of first.slice(0, 2)) {
    const remove = [launcher, "quorum", "remove", String(nodeId), "--data-dir", stack.dir];
    await mustRun(process.execPath, remove);
    await stack.act("kill", nodeId);
  }
  expect(await voterIds(kafka)).toEqual([3, 4, 5]);

  const created = await load.stop();
  expect(created.length).toBeGreaterThan(20);
  const there = (await client.admin.listTopics()).map(({ name }) => name);
  expect(there.toSorted()).toEqual(created.toSorted());
  const logs = await Promise.all([...first.slice(2), ...more].map(topicsInLog));
  for (const log of logs) expect(log.toSorted()).toEqual(created.toSorted());
});

/** One topic after the other; one whose creation was interrupted is tried again until it is known to be there. */
function createTopicsUntilStopped(client: MillraceClient) {
  const created: string[] = [];
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      const name = `topic-${created.length}`;
      await createSurely(client, name);
      created.push(name);
    }
  })();
  return {
    stop: async (): Promise<readonly string[]> => {
      isOver = true;
      await running;
      return created;
    },
  };
}

function argsOf({ nodeId, dataDir, grpcPort }: Controller, others: readonly Controller[]): readonly string[] {
  const [one] = others;
  const clusterId = propertyOf(one?.dataDir ?? "", "cluster.id");
  const controllers = others.map((other) => `127.0.0.1:${other.grpcPort}`).join();
  return [
    ...["--roles", "controller", "--node-id", String(nodeId), "--cluster-id", clusterId],
    ...["--data-dir", dataDir, "--grpc-port", String(grpcPort), "--http-port", "0"],
    ...["--controllers", controllers],
  ];
}

/** In the order of their creation, as often as it stands there. */
async function topicsInLog({ dataDir }: Controller): Promise<readonly string[]> {
  const dump = await mustRun(process.execPath, [launcher, "metadata", "dump", "--data-dir", dataDir]);
  return [...dump.toString().matchAll(/ {2}topic (topic-\d+) {2}/g)].map(([, name = ""]) => name);
}

function propertyOf(dataDir: string, name: string): string {
  const properties = readFileSync(join(dataDir, "meta.properties"), "utf8");
  return (
    properties
      .split("\n")
      .find((line) => line.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? ""
  );
}
