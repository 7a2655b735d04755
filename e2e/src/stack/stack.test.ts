import { readFileSync } from "node:fs";
import { connect } from "@millrace/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  exited,
  hasKcat,
  isRunning,
  kcat,
  StackUnderTest,
  stackCommand,
  waitUntil,
} from "../harness/index.ts";

const CONTROLLER = 1;
const BROKER = 101;
const COORDINATOR = 201;

describe("a controller, a broker and a coordinator, each a process of its own", () => {
  let stack: StackUnderTest;
  beforeAll(async () => {
    stack = await StackUnderTest.start("--controllers", "1", "--brokers", "1", "--coordinators", "1");
  });
  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
  });
  const client = () => connect({ broker: stack.address(BROKER, "grpc") });

  test("stack.json and status name them, and they are what they say", async () => {
    const { processes } = stack;
    expect(processes.map(({ nodeId, roles }) => [nodeId, roles])).toEqual([
      [CONTROLLER, ["controller"]],
      [BROKER, ["broker"]],
      [COORDINATOR, ["coordinator"]],
    ]);
    expect(new Set(processes.map(({ pid }) => pid)).size).toBe(3);
    expect(processes.every(({ pid }) => pid !== null && isRunning(pid))).toBe(true);
    expect(processes.map(({ ports }) => ports.kafka === null)).toEqual([true, false, true]);
    expect([...(await stack.states()).values()]).toEqual(["ready", "ready", "ready"]);
    const active = (await stack.act("status")).split("\n").filter((line) => line.includes(" active "));
    expect(active).toEqual([expect.stringMatching(new RegExp(`^${CONTROLLER} +controller +ready +active`))]);
    for (const { nodeId } of processes) {
      const metrics = await stack.metrics(nodeId);
      expect(metrics.includes("millrace_controller_active 1")).toBe(nodeId === CONTROLLER);
    }
    expect(readFileSync(stack.process(BROKER).logFile, "utf8")).toContain("ready: node 101 (broker)");
  });

  test("our client creates a topic, writes and reads", async () => {
    await using millrace = client();
    await millrace.admin.createTopics([{ name: "orders", partitions: 2 }]);
    expect(await millrace.admin.listTopics()).toMatchObject([
      { name: "orders", partitions: [{ leader: BROKER }, { leader: BROKER }] },
    ]);
    await millrace.producer().send({ topic: "orders", partition: 1, value: "kept" });
    const read: string[] = [];
    for await (const { value } of millrace.read({ topic: "orders", partition: 1, until: "end" })) {
      read.push(String(value));
    }
    expect(read).toEqual(["kept"]);
  });

  test.skipIf(!hasKcat)("kcat produces and consumes", async () => {
    const bootstrap = stack.address(BROKER, "kafka");
    await kcat(bootstrap, ["-t", "numbers", "-P"], { input: "1\n2\n3\n" });
    expect((await kcat(bootstrap, ["-t", "numbers", "-C", "-e", "-o", "beginning"])).toString()).toBe(
      "1\n2\n3\n",
    );
  });

  test("a broker that is killed and restarted has everything again", async () => {
    await stack.act("kill", BROKER);
    expect((await stack.states()).get(BROKER)).toBe("killed");
    await stack.act("restart", BROKER);
    await using millrace = client();
    const names = (await millrace.admin.listTopics()).map(({ name }) => name);
    expect(names).toContain("orders");
    await millrace.producer().send({ topic: "orders", partition: 1, value: "more" });
  });

  test("without a controller a broker serves what it leads; changes go on when that is back", async () => {
    await using millrace = client();
    await stack.act("kill", CONTROLLER);
    await millrace.producer().send({ topic: "orders", partition: 0, value: "meanwhile" });
    await stack.act("restart", CONTROLLER);
    await millrace.admin.createTopics([{ name: "afterwards" }]);
    await millrace.producer().send({ topic: "afterwards", value: "first" });
  });

  test("a paused process stands still and goes on", async () => {
    await using millrace = client();
    await stack.act("pause", CONTROLLER);
    expect((await stack.states()).get(CONTROLLER)).toBe("paused");
    const creating = millrace.admin.createTopics([{ name: "patient" }]);
    await stack.act("resume", CONTROLLER);
    await creating;
  });

  test("one that dies is reported, stays down, and can be restarted", async () => {
    const { pid, logFile } = stack.process(COORDINATOR);
    process.kill(pid!, "SIGKILL");
    const report = await waitUntil(() => stack.stderr.find((line) => line.includes("died")), {
      until: "the stack reports the death",
    });
    expect(report).toMatch(new RegExp(`^millrace: coordinator-201 died of SIGKILL; its log is ${logFile}$`));
    expect((await stack.states()).get(COORDINATOR)).toBe("died");
    await stack.act("restart", COORDINATOR);
    expect((await stack.states()).get(COORDINATOR)).toBe("ready");
  });

  test("what makes no sense is refused in one line", async () => {
    const refusals = [
      [await stackCommand("--data-dir", stack.dir), /is running \(controller-1 has pid \d+\); stop it first/],
      [
        await stackCommand("kill", "7", "--data-dir", stack.dir),
        /no process 7 in this stack, only 1, 101, 201/,
      ],
      [await stackCommand("status"), /required option '--data-dir <dir>'/],
    ] as const;
    for (const [{ exitCode, stderr, stdout }, says] of refusals) {
      expect(stderr).toMatch(says);
      expect(stderr.split("\n")).toHaveLength(2);
      expect(stdout.toString()).toBe("");
      expect(exitCode).toBe(1);
    }
  });

  test("SIGTERM stops them all, and a second start finds ports and data as they were", async () => {
    const before = stack.processes;
    expect(await stack.stop()).toBe(0);
    expect(before.some(({ pid }) => isRunning(pid!))).toBe(false);
    expect([...(await stack.states()).values()]).toEqual(["stopped", "stopped", "stopped"]);
    await using second = await stack.again();
    expect(second.processes.map(({ ports }) => ports)).toEqual(before.map(({ ports }) => ports));
    await using millrace = connect({ broker: second.address(BROKER, "grpc") });
    const read: string[] = [];
    for await (const { value } of millrace.read({ topic: "orders", partition: 1, until: "end" })) {
      read.push(String(value));
    }
    expect(read).toEqual(["kept", "more"]);
    expect(await second.stop("SIGINT")).toBe(0);
  });
});

test("the processes outlive whoever started them, and other commands still reach them", async () => {
  await using stack = await StackUnderTest.start("--brokers", "1");
  stack.child.kill("SIGKILL");
  await exited(stack.child);
  expect([...(await stack.states()).values()]).toEqual(["ready", "ready"]);
  const pids = stack.processes.map(({ pid }) => pid!);
  await stack.act("stop");
  expect(pids.some(isRunning)).toBe(false);
});
