// The command as users run it: a process of its own, from the built launcher.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect as connectSocket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@millrace/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Command, start } from "./testing/command.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "millrace-cli-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const portOf = (address: string): number => Number(address.split(":")[1]);

describe("stopping", () => {
  test.each([["SIGTERM"], ["SIGINT"], ["SIGTERM", "SIGINT", "SIGTERM"]] as const)(
    "%s ends it with 0, and what was acknowledged is there again",
    async (...signals) => {
      const dataDir = join(scratch, signals.join());
      await using first = start(["--data-dir", dataDir]);
      {
        await using client = connect({ broker: await first.address("grpc") });
        await client.admin.createTopics([{ name: "orders" }]);
        await client.producer().send({ topic: "orders", value: "kept" });
      }
      for (const signal of signals) first.process.kill(signal);
      expect(await first.exited).toBe(0);
      expect(first.stderr).toEqual([]);
      await using second = start(["--data-dir", dataDir]);
      await using client = connect({ broker: await second.address("grpc") });
      for await (const record of client.read({ topic: "orders", partition: 0, until: "end" })) {
        expect(record.value?.toString()).toBe("kept");
      }
    },
  );

  test("clients that are connected and wait do not hold it up", async () => {
    await using node = start(["--memory"]);
    const idle = connectSocket(portOf(await node.address("kafka")), "127.0.0.1");
    const half = connectSocket(portOf(await node.address("http")), "127.0.0.1");
    half.write("GET /metrics HTTP/1.1\r\n");
    for (const socket of [idle, half]) socket.on("error", () => {});
    await using client = connect({ broker: await node.address("grpc") });
    await client.admin.createTopics([{ name: "orders" }]);
    await client.producer().send({ topic: "orders", value: "first" });
    const reading = client.read({ topic: "orders", partition: 0, resumeTimeoutMs: 0 });
    await reading.next();
    const tail = expect(reading.next()).rejects.toMatchObject({ name: "ApiError" });
    node.process.kill("SIGTERM");
    expect(await node.exited).toBe(0);
    await tail;
  });

  test("a stop during the start ends it with 0", async () => {
    const dataDir = join(scratch, "early");
    await using node = start(["--data-dir", dataDir, "--log-level", "info"]);
    // The first line of the log: the node is starting, and not yet ready.
    await new Promise((resolve) => node.process.stderr?.once("data", resolve));
    node.process.kill("SIGTERM");
    expect(await node.exited).toBe(0);
  });
});

test("without its controllers a new node waits, and says where it looks for them", async () => {
  const controllers = ["--controllers", "127.0.0.1:1", "--cluster-id", "4L6g3nShT-eMCtK--X86sw"];
  await using node = start(["--memory", "--roles", "coordinator", ...controllers, "--log-level", "warn"]);
  await Promise.race([node.exited, new Promise((resolve) => node.process.stderr?.once("data", resolve))]);
  expect(node.stderr.map((line) => JSON.parse(line))).toMatchObject([
    { controllers: ["127.0.0.1:1"], config: "controller.quorum.bootstrap.servers" },
  ]);
});

describe("one clear line and a code other than 0", () => {
  const refused = async (command: Command): Promise<string> => {
    expect(await command.exited).toBeGreaterThan(0);
    expect(command.stdout).toEqual([]);
    expect(command.stderr.length).toBe(1);
    return command.stderr[0] ?? "";
  };

  test("a second start on the same directory", async () => {
    const dataDir = join(scratch, "shared");
    await using first = start(["--data-dir", dataDir]);
    await first.address("kafka");
    await using second = start(["--data-dir", dataDir]);
    expect(await refused(second)).toBe(
      `millrace: data directory ${dataDir}: another node is using it; stop that one, or choose another directory`,
    );
  });

  test.each(["--kafka-port", "--grpc-port", "--http-port"])("%s in use", async (flag) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    await using node = start(["--memory", flag, String(port)]);
    expect(await refused(node)).toContain(`127.0.0.1:${port}`);
    await new Promise((resolve) => taken.close(resolve));
  });

  test("a directory that cannot be made", async () => {
    const file = join(scratch, "file");
    await writeFile(file, "");
    await using node = start(["--data-dir", join(file, "data")]);
    expect(await refused(node)).toContain(join(file, "data"));
  });

  test.each([
    [["start", "--data-dri", "x"], "millrace: unknown option '--data-dri'; did you mean --data-dir?"],
    [["start", "--config", "nowhere.yaml"], "millrace: --config nowhere.yaml: there is no such file"],
    [
      ["stack", "frob"],
      "millrace: unknown command 'frob' of stack; there are status, stop, kill, restart, pause, resume",
    ],
    [["stack", "statuss"], "millrace: unknown command 'statuss' of stack; did you mean status?"],
    [["strat"], "millrace: unknown command 'strat'; did you mean start?"],
    [["start", "--kafka-port", "70000"], "millrace: --kafka-port: 70000 is above the maximum, 65535"],
    [["start", "--node-id", "-1"], "millrace: --node-id: -1 is below the minimum, 1"],
    [["start", "--listener", "here"], "millrace: --listener: 'here' is not NAME://host:port"],
    [["start", "--set", "num.partitions"], /"num.partitions" is not key=value\./],
    [["start", "--memory", "--set", "num.partition=4"], /did you mean num\.partitions\?/],
    [["start", "--memory", "--advertised-listener", "X://h:1"], /X: there is no listener of that name/],
    [["start", "--log-level", "loud"], /--log-level: 'loud' is not one of debug, info/],
  ])("%j", async (args, message) => {
    await using command = new Command(args);
    const line = await refused(command);
    if (typeof message === "string") expect(line).toBe(message);
    else expect(line).toMatch(message);
  });
});

test("an exception that nothing caught is logged and ends the process with 70", async () => {
  const throwing = 'process.once("SIGUSR2", () => { throw new Error("a bug of ours"); })';
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(throwing)}` };
  await using node = start(["--memory"], env);
  await node.address("kafka");
  node.process.kill("SIGUSR2");
  expect(await node.exited).toBe(70);
  expect(node.stderr.map((line) => JSON.parse(line))).toMatchObject([
    { level: "error", error: { message: "a bug of ours" } },
  ]);
});

test.each([[["--help"]], [["start", "--help"]], [["stack", "--help"]]])(
  "%j prints help and ends with 0",
  async (args) => {
    await using command = new Command(args);
    expect(await command.exited).toBe(0);
    expect(command.stdout[0]).toMatch(/^Usage: millrace/);
    expect(command.stderr).toEqual([]);
  },
);

test.each(["start", "stack"])("the README lists the options of %s as they are", async (name) => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const listed = [...readme.matchAll(/```text\n(.*?)\n```/gs)].map(([, text]) => text?.split("\n"));
  await using command = new Command([name, "--help"]);
  expect(await command.exited).toBe(0);
  expect(listed).toContainEqual(command.stdout);
});
