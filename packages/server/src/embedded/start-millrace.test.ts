import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { MillraceNode } from "../node/millrace-node.ts";
import { temporaryDirectory } from "../testing/temporary-directory.ts";
import { MillraceCluster, startMillrace } from "./start-millrace.ts";

const HOUR_MS = 3_600_000;

async function valuesIn(cluster: MillraceCluster, topic: string): Promise<(string | undefined)[]> {
  const values: (string | undefined)[] = [];
  const client = cluster.client();
  for await (const { value } of client.read({ topic, partition: 0, until: "end" })) {
    values.push(value?.toString());
  }
  return values;
}

/** Servers and connections of this process. */
const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;

async function untilNoMoreThan(before: number): Promise<void> {
  // Handles end in turns of the event loop of their own.
  await expect.poll(sockets, { interval: 5 }).toBeLessThanOrEqual(before);
}

test("several run at once, each with its own data, and await using leaves nothing behind", async () => {
  const before = sockets();
  const signals = process.listenerCount("SIGTERM") + process.listenerCount("SIGINT");
  {
    await using clusters = new AsyncDisposableStack();
    const started = await Promise.all([
      startMillrace({ topics: ["orders"] }),
      startMillrace({ topics: ["orders"] }),
      startMillrace({ topics: ["orders"] }),
    ]);
    for (const cluster of started) clusters.use(cluster);
    for (const [at, cluster] of started.entries()) {
      await cluster
        .client()
        .producer()
        .send({ topic: "orders", value: `of ${at}` });
    }
    const values = await Promise.all(started.map((cluster) => valuesIn(cluster, "orders")));
    expect(values).toEqual([["of 0"], ["of 1"], ["of 2"]]);
    expect(new Set(started.flatMap(({ bootstrap, grpc, http }) => [bootstrap, grpc, http])).size).toBe(9);
  }
  await untilNoMoreThan(before);
  expect(process.listenerCount("SIGTERM") + process.listenerCount("SIGINT")).toBe(signals);
});

test("a data directory is kept and reopened, and topics that exist stay as they are", async () => {
  await using directory = await temporaryDirectory();
  const options = { dataDir: directory.path, topics: [{ name: "orders", partitions: 3 }] };
  let clusterId: string;
  {
    await using cluster = await startMillrace(options);
    clusterId = cluster.clusterId;
    await cluster.client().producer().send({ topic: "orders", partition: 0, value: "kept" });
  }
  await using cluster = await startMillrace({ ...options, topics: ["orders", "bills"] });
  expect(cluster.clusterId).toBe(clusterId);
  expect(await valuesIn(cluster, "orders")).toEqual(["kept"]);
  const topics = await cluster.client().admin.listTopics();
  expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
    ["bills", 1],
    ["orders", 3],
  ]);
});

test("a second node on the same directory is refused, and does not disturb the first", async () => {
  await using directory = await temporaryDirectory();
  await using first = await startMillrace({ dataDir: directory.path, topics: ["orders"] });
  const before = sockets();
  await expect(startMillrace({ dataDir: directory.path })).rejects.toMatchObject({
    name: "DataDirectoryError",
    code: "IN_USE",
    message: expect.stringContaining(directory.path),
  });
  await untilNoMoreThan(before);
  await first.client().producer().send({ topic: "orders", value: "still here" });
});

test.each(["kafkaPort", "grpcPort", "httpPort"] as const)(
  "%s in use: said clearly, with nothing left behind",
  async (which) => {
    await using directory = await temporaryDirectory();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const before = sockets();
    await expect(startMillrace({ dataDir: directory.path, [which]: port })).rejects.toMatchObject({
      name: "NetworkError",
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    await untilNoMoreThan(before);
    await new Promise((resolve) => taken.close(resolve));
    // The directory was given free, so that another start may have it.
    await using again = await startMillrace({ dataDir: directory.path, [which]: port });
    expect(again.clusterId).not.toBe("");
  },
);

test("topics that cannot be made end the start, with nothing left behind", async () => {
  const before = sockets();
  const topics = [{ name: "orders", configs: { "retention.ns": "1" } }];
  await expect(startMillrace({ topics })).rejects.toMatchObject({ id: "INVALID_CONFIG" });
  await untilNoMoreThan(before);
});

test("configs are checked before anything starts", async () => {
  const before = sockets();
  await expect(startMillrace({ configs: { "num.partition": "2" } })).rejects.toThrow("num.partitions?");
  await untilNoMoreThan(before);
});

test("virtual time stamps records, and retention obeys it", async () => {
  await using cluster = await startMillrace({
    virtualTime: true,
    topics: [
      { name: "events", configs: { "retention.ms": String(24 * HOUR_MS), "segment.ms": String(HOUR_MS) } },
    ],
  });
  cluster.pause();
  const producer = cluster.client().producer();
  const first = await producer.send({ topic: "events", value: "old" });
  await cluster.advance(2 * HOUR_MS);
  const second = await producer.send({ topic: "events", value: "newer" });
  expect(second.timestampMs - first.timestampMs).toBe(2 * HOUR_MS);
  expect(await valuesIn(cluster, "events")).toEqual(["old", "newer"]);
  await cluster.advance(23 * HOUR_MS);
  expect(await valuesIn(cluster, "events")).toEqual(["newer"]);
});

test("time does not move without virtualTime", async () => {
  await using cluster = await startMillrace();
  await expect(cluster.advance(1)).rejects.toThrow("virtualTime: true");
  expect(() => cluster.pause()).toThrow("virtualTime: true");
});

test("a node that failed serves and writes no more; the process and close() go on", async () => {
  await using directory = await temporaryDirectory();
  const before = sockets();
  const listener = { name: "PLAINTEXT", host: "127.0.0.1", port: 0 };
  const grpc = { host: "127.0.0.1", port: 0 };
  const node = await MillraceNode.start(
    { dataDir: directory.path, listeners: [listener], grpc, http: false },
    { processMetrics: false },
  );
  const cluster = new MillraceCluster(node, undefined);
  await cluster.createTopics(["orders"]);
  const producer = cluster.client().producer({ deliveryTimeoutMs: 200 });
  await producer.send({ topic: "orders", value: "before" });
  const waiting = producer.send({ topic: "orders", value: "under way" });
  node.runtime.fail(new Error("an invariant broke"));
  await Promise.allSettled([waiting]);
  await expect(cluster.failed).rejects.toThrow("an invariant broke");
  await expect(producer.send({ topic: "orders", value: "after" })).rejects.toMatchObject({
    id: "REQUEST_TIMED_OUT",
  });
  await cluster.close();
  await untilNoMoreThan(before);
  // Closed in order, the directory would say so.
  expect(await readdir(directory.path)).not.toContain(".kafka_cleanshutdown");
  await using again = await startMillrace({ dataDir: directory.path });
  expect((await valuesIn(again, "orders"))[0]).toBe("before");
});

test("require() of the package works, and nothing of it holds the process", async () => {
  const script = `
    const { startMillrace } = require("@millrace/server");
    startMillrace({ topics: ["orders"] }).then(async (cluster) => {
      await cluster.client().producer().send({ topic: "orders", value: "x" });
      await cluster.close();
      const isOurs = (name) => name !== "PipeWrap";
      process.on("exit", () => console.log(process.getActiveResourcesInfo().filter(isOurs)));
    });`;
  const args = ["--conditions=@millrace/source", "--input-type=commonjs", "-e", script];
  const packageRoot = join(import.meta.dirname, "../..");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: packageRoot });
  expect({ stdout, stderr }).toEqual({ stdout: "[]\n", stderr: "" }); // and it ended by itself
});
