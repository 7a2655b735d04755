import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startMillrace } from "@millrace/server";
import { Kafka, logLevel } from "kafkajs";
import { expect, test } from "vitest";
import { mustRun, temporaryDirectory } from "../harness/index.ts";

test("kafkajs speaks to a node in the process", async () => {
  await using cluster = await startMillrace({ topics: ["orders"] });
  const kafka = new Kafka({ brokers: [cluster.bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: "orders", acks: -1, messages: [{ key: "a", value: "paid" }] });
  await producer.disconnect();
  const client = cluster.client();
  const [record] = await Array.fromAsync(client.read({ topic: "orders", partition: 0, until: "end" }));
  expect(String(record?.value)).toBe("paid");
  expect((await fetch(`${cluster.http}/readyz`)).status).toBe(200);
});

test("several live in one process and know nothing of each other", async () => {
  const clusters = await Promise.all(
    Array.from({ length: 4 }, () => startMillrace({ topics: ["same-name"] })),
  );
  const addresses = clusters.flatMap(({ bootstrap, grpc, http }) => [bootstrap, grpc, http]);
  expect(new Set(addresses).size).toBe(addresses.length);
  expect(new Set(clusters.map(({ clusterId }) => clusterId)).size).toBe(clusters.length);
  for (const [at, cluster] of clusters.entries()) {
    await cluster
      .client()
      .producer()
      .send({ topic: "same-name", value: `cluster ${at}` });
  }
  for (const [at, cluster] of clusters.entries()) {
    const reading = cluster.client().read({ topic: "same-name", partition: 0, until: "end" });
    const values = (await Array.fromAsync(reading)).map(({ value }) => String(value));
    expect(values).toEqual([`cluster ${at}`]);
  }
  await Promise.all(clusters.map((cluster) => cluster.close()));
});

test("it leaves a process nothing that would keep it from ending", async () => {
  const script = fileURLToPath(new URL("leave-nothing.ts", import.meta.url));
  const output = await mustRun(process.execPath, [script], { timeoutMs: 20_000 });
  expect(output.toString()).toBe("one\nclosed\n");
});

test("a data directory outlives it, and nothing else does", async () => {
  await using directory = await temporaryDirectory();
  const before = readdirSync("/proc/self/fd").length;
  {
    await using cluster = await startMillrace({ dataDir: directory.path, topics: ["kept"] });
    await cluster.client().producer().send({ topic: "kept", value: "kept" });
  }
  await using cluster = await startMillrace({ dataDir: directory.path, topics: ["kept"] });
  const reading = cluster.client().read({ topic: "kept", partition: 0, until: "end" });
  expect((await Array.fromAsync(reading)).map(({ value }) => String(value))).toEqual(["kept"]);
  await cluster.close();
  expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before);
});

test("a directory in use is refused", async () => {
  await using directory = await temporaryDirectory();
  await using _first = await startMillrace({ dataDir: directory.path });
  await expect(startMillrace({ dataDir: directory.path })).rejects.toThrow(/in use|another/i);
});

test("retention obeys virtual time", async () => {
  const hour = 3_600_000;
  const configs = { "retention.ms": String(hour), "segment.ms": String(hour / 4) };
  await using cluster = await startMillrace({
    virtualTime: true,
    topics: [{ name: "short-lived", partitions: 1, configs }],
  });
  const client = cluster.client();
  const place = { topic: "short-lived", partition: 0 };
  const first = await client.producer().send({ ...place, value: "old" });
  await cluster.advance(hour / 2);
  const second = await client.producer().send({ ...place, value: "new" });
  expect(second.timestampMs - first.timestampMs).toBeGreaterThanOrEqual(hour / 2);
  const values = async () =>
    (await Array.fromAsync(client.read({ ...place, until: "end" }))).map(({ value }) => String(value));
  expect(await values()).toEqual(["old", "new"]);
  await cluster.advance(hour * 0.75);
  expect(await values()).toEqual(["new"]);
});
