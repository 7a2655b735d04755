// Our client against a real node: what its unit tests, with a fake broker, cannot show.
import { randomBytes } from "node:crypto";
import { connect, type MillraceClient, type ReadOptions } from "@millrace/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../testing/temporary-directory.ts";
import { type MillraceCluster, startMillrace } from "./start-millrace.ts";

async function readValues(client: MillraceClient, options: ReadOptions): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of client.read(options)) values.push(value?.toString() ?? "null");
  return values;
}

describe("with one cluster", () => {
  let cluster: MillraceCluster;
  let client: MillraceClient;
  beforeAll(async () => {
    cluster = await startMillrace();
    client = cluster.client();
  });
  afterAll(() => cluster.close());

  test.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)(
    "%s: key, value, headers and time come back",
    async (compression) => {
      const topic = `codec-${compression}`;
      await client.admin.createTopics([{ name: topic }]);
      await using producer = client.producer({ compression });
      const sent = { key: "k", headers: { h: "1", none: null }, timestampMs: 1_700_000_000_000 };
      const records = Array.from({ length: 100 }, (_, at) => ({ ...sent, topic, value: `value ${at}` }));
      await Promise.all([...records, { topic, value: null }].map((record) => producer.send(record)));
      const received = [];
      for await (const record of client.read({ topic, partition: 0, until: "end" })) received.push(record);
      expect(received.map(({ offset }) => offset)).toEqual(Array.from({ length: 101 }, (_, at) => at));
      const { key, value, headers, timestampMs } = received[42]!;
      expect({ key, value, headers, timestampMs }).toEqual({
        key: Buffer.from("k"),
        value: Buffer.from("value 42"),
        headers: { h: Buffer.from("1"), none: null },
        timestampMs: 1_700_000_000_000,
      });
      expect(received[100]).toMatchObject({ key: null, value: null, headers: {} });
    },
  );

  test("records of 900 KB survive, larger ones than the topic takes are refused", async () => {
    await client.admin.createTopics([{ name: "big" }]);
    await using producer = client.producer();
    const value = randomBytes(900_000);
    await producer.send({ topic: "big", value });
    await expect(producer.send({ topic: "big", value: randomBytes(2_000_000) })).rejects.toMatchObject({
      id: "MESSAGE_TOO_LARGE",
    });
    for await (const record of client.read({ topic: "big", partition: 0, until: "end" })) {
      expect(record.value?.equals(value)).toBe(true);
    }
  });

  test("keys keep their partition and order over many partitions", async () => {
    await client.admin.createTopics([{ name: "wide", partitions: 50 }]);
    await using producer = client.producer({ lingerMs: 1 });
    const records = Array.from({ length: 2_000 }, (_, at) => ({
      topic: "wide",
      key: `key ${at % 100}`,
      value: `${at}`,
    }));
    const sent = await Promise.all(records.map((record) => producer.send(record)));
    const partitionOfKey = new Map(sent.map(({ partition }, at) => [records[at]!.key, partition]));
    const perPartition = await Promise.all(
      Array.from({ length: 50 }, (_, partition) =>
        readValues(client, { topic: "wide", partition, until: "end" }),
      ),
    );
    expect(perPartition.flat().length).toBe(2_000);
    for (const [key, partition] of partitionOfKey) {
      const own = perPartition[partition]!.map(Number).filter((at) => records[at]!.key === key);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
      expect(own.length).toBe(20);
    }
  });

  test("a slow loop with little credit gets everything", async () => {
    await client.admin.createTopics([{ name: "slow" }]);
    await using producer = client.producer();
    const value = randomBytes(64 * 1024);
    await Promise.all(Array.from({ length: 128 }, () => producer.send({ topic: "slow", value })));
    let count = 0;
    const options = { topic: "slow", partition: 0, until: "end", bytesAhead: 256 * 1024 } as const;
    for await (const { records } of client.readBatches(options)) {
      count += records.length;
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(count).toBe(128);
  });

  test("reading begins at a time, at the latest, or at an offset", async () => {
    await client.admin.createTopics([{ name: "starts" }]);
    await using producer = client.producer();
    for (const [at, value] of ["a", "b", "c"].entries()) {
      await producer.send({ topic: "starts", value, timestampMs: 1_000_000 + at * 1_000 });
    }
    const read = (from: ReadOptions["from"]) =>
      readValues(client, { topic: "starts", partition: 0, until: "end", ...(from && { from }) });
    expect(await read({ timestampMs: 1_000_500 })).toEqual(["b", "c"]);
    expect(await read({ timestampMs: 9_000_000 })).toEqual([]);
    expect(await read({ offset: 2 })).toEqual(["c"]);
    expect(await read("latest")).toEqual([]);
    await expect(read({ offset: -5 })).rejects.toMatchObject({ id: "OFFSET_OUT_OF_RANGE" });
    const next = client.read({ topic: "starts", partition: 0, from: "latest" }).next();
    // The reading has begun somewhere between these two, or right behind them.
    for (const value of ["d", "e"]) await producer.send({ topic: "starts", value });
    const tail = setInterval(() => void producer.send({ topic: "starts", value: "later" }), 5);
    expect(["d", "e", "later"]).toContain((await next).value?.value?.toString());
    clearInterval(tail);
  });

  test("an aborted signal ends a reading that waits at the tail, with its reason", async () => {
    await client.admin.createTopics([{ name: "quiet" }]);
    await client.producer().send({ topic: "quiet", value: "only" });
    const stop = new AbortController();
    const reading = client.read({ topic: "quiet", partition: 0 }, { signal: stop.signal });
    expect((await reading.next()).value?.value?.toString()).toBe("only");
    const next = reading.next();
    stop.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
  });

  test("a topic that is deleted ends its reading", async () => {
    await client.admin.createTopics([{ name: "doomed" }]);
    await client.producer().send({ topic: "doomed", value: "only" });
    const reading = client.read({ topic: "doomed", partition: 0 });
    await reading.next();
    const next = reading.next();
    await client.admin.deleteTopics(["doomed"]);
    await expect(next).rejects.toMatchObject({ id: "UNKNOWN_TOPIC_OR_PARTITION" });
  });

  test("close flushes", async () => {
    await client.admin.createTopics([{ name: "flushed" }]);
    const other = connect({ broker: cluster.grpc });
    const producer = other.producer({ lingerMs: 60_000 });
    const sent = Array.from({ length: 10 }, (_, at) => producer.send({ topic: "flushed", value: `${at}` }));
    await other.close();
    expect((await Promise.all(sent)).length).toBe(10);
    expect((await readValues(client, { topic: "flushed", partition: 0, until: "end" })).length).toBe(10);
  });
});

test("producers and readers live through a restart of the broker", async () => {
  await using directory = await temporaryDirectory();
  let cluster = await startMillrace({ dataDir: directory.path, topics: ["orders"] });
  const grpcPort = Number(cluster.grpc.split(":")[1]);
  try {
    await using client = connect({ broker: cluster.grpc });
    await using producer = client.producer();
    const reading = client.read({ topic: "orders", partition: 0 });
    const read: string[] = [];
    const readUntil = async (last: string) => {
      while (read.at(-1) !== last) read.push((await reading.next()).value?.value?.toString() ?? "null");
    };
    await producer.send({ topic: "orders", value: "before" });
    await readUntil("before");
    await cluster.close();
    const sending = producer.send({ topic: "orders", value: "meanwhile" });
    cluster = await startMillrace({ dataDir: directory.path, grpcPort });
    await sending;
    await producer.send({ topic: "orders", value: "after" });
    await readUntil("after");
    expect(read).toEqual(["before", "meanwhile", "after"]);
    await reading.return();
  } finally {
    await cluster.close();
  }
});
