// kafka-metadata-quorum.sh, by its class, on a stack of controllers that grows and shrinks.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Launched } from "../commands/launch.ts";
import { freePort, hasJava, runKafkaTool, StackUnderTest, waitUntil } from "../harness/index.ts";

const BROKER = 101;
const missing = hasJava ? "" : " (skipped: Java or Maven is not on this machine)";

describe.skipIf(!hasJava)(`kafka-metadata-quorum describes and changes a quorum${missing}`, () => {
  let stack: StackUnderTest;
  let fourth: Launched;
  let port: number;
  let config: string;
  beforeAll(async () => {
    stack = await StackUnderTest.start("--controllers", "3", "--brokers", "1");
    port = await freePort();
    const controllers = [1, 2, 3].map((id) => stack.address(id, "grpc")).join(",");
    const dataDir = join(stack.dir, "controller-4");
    const [ready] = stack.stdout.filter((line) => line.startsWith("ready"));
    const clusterId = /cluster ([\w-]{22})/.exec(ready ?? "")?.[1] ?? "";
    const identity = ["--node-id", "4", "--cluster-id", clusterId, "--data-dir", dataDir];
    const ports = ["--grpc-port", String(port), "--http-port", "0"];
    fourth = new Launched("millrace start", [
      ...["--roles", "controller", "--controllers", controllers],
      ...identity,
      ...ports,
    ]);
    await fourth.untilReady();
    // What Kafka's own controller would have in its server.properties.
    config = join(stack.dir, "controller-4.properties");
    const properties = [
      "process.roles=controller",
      "node.id=4",
      `listeners=CONTROLLER://127.0.0.1:${port}`,
      "controller.listener.names=CONTROLLER",
      `controller.quorum.bootstrap.servers=${controllers}`,
      `log.dirs=${dataDir}`,
    ];
    writeFileSync(config, `${properties.join("\n")}\n`);
  });
  afterAll(async () => {
    await fourth?.[Symbol.asyncDispose]();
    await stack?.[Symbol.asyncDispose]();
  });

  async function tool(...args: string[]): Promise<string> {
    const at = ["--bootstrap-server", stack.address(BROKER, "kafka")];
    const { stdout, stderr } = await runKafkaTool("org.apache.kafka.tools.MetadataQuorumCommand", [
      ...at,
      ...args,
    ]);
    return `${stdout}${stderr}`;
  }

  /** Voters and observers by id, and the 4th controller's directory, as `describe --status` prints them. */
  async function status() {
    const printed = await tool("describe", "--status");
    const members = (name: string): { id: number; directoryId: string }[] =>
      JSON.parse(new RegExp(`^${name}: *(.*)$`, "m").exec(printed)?.[1] ?? "[]");
    const [voters, observers] = [members("CurrentVoters"), members("CurrentObservers")];
    const ids = (all: typeof voters) => all.map(({ id }) => id).sort((a, b) => a - b);
    const directoryId = [...voters, ...observers].find(({ id }) => id === 4)?.directoryId;
    return { printed, voters: ids(voters), observers: ids(observers), directoryId };
  }

  test("who votes, who follows, and how far behind they are", async () => {
    const { printed, voters, observers } = await waitUntil(
      async () => {
        const now = await status();
        return now.observers.includes(4) && now;
      },
      { until: "the fourth controller follows" },
    );
    expect(printed).toMatch(
      /^ClusterId: +[\w-]{22}\nLeaderId: +[123]\nLeaderEpoch: +\d+\nHighWatermark: +\d+\n/,
    );
    expect([voters, observers]).toEqual([
      [1, 2, 3],
      [4, BROKER],
    ]);
    const lines = (await tool("describe", "--replication")).trim().split("\n").slice(1);
    const roles = lines
      .map((line) => line.trim().split(/\s+/))
      .map((fields) => [Number(fields[0]), fields.at(-1)]);
    expect(roles.filter(([, role]) => role === "Leader")).toHaveLength(1);
    expect(roles.filter(([, role]) => role === "Follower")).toHaveLength(2);
    expect(roles.filter(([, role]) => role === "Observer").map(([id]) => id)).toEqual([4, BROKER]);
  });

  test("a controller is added, once, and removed again", async () => {
    const add = () => tool("--command-config", config, "add-controller");
    expect(await add()).toMatch(/^Added controller 4 with directory id [\w-]{22} and endpoints: CONTROLLER:/);
    const { voters, directoryId = "" } = await status();
    expect(voters).toEqual([1, 2, 3, 4]);
    expect(await add()).toContain("DuplicateVoterException");
    const remove = () =>
      tool("remove-controller", "--controller-id", "4", "--controller-directory-id", directoryId);
    expect(await remove()).toMatch(/^Removed +KRaft controller 4 with directory id [\w-]{22}/);
    expect((await status()).voters).toEqual([1, 2, 3]);
    expect(await remove()).toContain("VoterNotFoundException");
  });
});
