import { create } from "@bufbuild/protobuf";
import { settled } from "@millrace/controller/testing";
import { FetchRequestSchema } from "@millrace/proto/broker";
import { Pipe } from "@millrace/runtime";
import { expect, test } from "vitest";
import { produceTo } from "../../test-support/produce-to.ts";
import { TestBroker } from "../../test-support/test-broker.ts";
import { fetchStream } from "./fetch-stream.ts";
import { GrpcContexts } from "./grpc-contexts.ts";

const CREDIT_BYTES = 50_000;

/** A stream on partitions that each have a record of 10,000 bytes, and whose disk answers when it is told to. */
async function openStream(broker: TestBroker, partitions: readonly number[]) {
  const client = broker.connect();
  for (const partition of partitions) {
    await produceTo(client, "t", partition, { values: ["x".repeat(10_000)] });
  }
  await settled();
  const idleBytes = broker.budget.usedBytes;
  const disk = Promise.withResolvers<void>();
  for (const partition of partitions) {
    const log = broker.logs.get("t", partition)!;
    const read = log.read.bind(log);
    log.read = ((...asked: Parameters<typeof read>) =>
      disk.promise.then(() => read(...asked))) as unknown as typeof read;
  }
  const requests = new Pipe<ReturnType<typeof create<typeof FetchRequestSchema>>>({ itemsMax: 4 });
  const ended = new AbortController();
  const peer = { kind: "client", clientId: "c", address: "test" } as const;
  const context = new GrpcContexts().of({ peer, trace: undefined, signal: ended.signal }, "Fetch");
  const stream = fetchStream(Promise.resolve(broker.running.broker), requests, context, ended.signal);
  const start = partitions.map((handle) => ({ handle, topic: "t", partition: handle }));
  void requests.push(create(FetchRequestSchema, { start, creditBytes: BigInt(CREDIT_BYTES) }));
  return { stream, disk, ended, usedBytes: () => broker.budget.usedBytes - idleBytes };
}

const metadata = { topics: [{ name: "t", partitions: 2 }] };

test("counts what a read may bring, then what a message and its bytes on the wire hold, then nothing", async () => {
  await using broker = await TestBroker.start({ metadata });
  const { stream, disk, ended, usedBytes } = await openStream(broker, [0, 1]);
  const first = stream.next();
  await settled();
  expect(usedBytes()).toBe(CREDIT_BYTES);
  disk.resolve();
  const { slices, batches } = (await first).value!;
  expect(slices).toHaveLength(2);
  expect(usedBytes()).toBe(2 * batches!.length);
  const second = stream.next();
  await settled();
  expect(usedBytes()).toBe(0);
  ended.abort();
  expect(await second).toMatchObject({ done: true });
  for (const log of broker.logs.all()) expect(log.unreleased).toBe(0);
});

test("gives everything back when the client leaves in the middle", async () => {
  await using broker = await TestBroker.start({ metadata });
  const reading = await openStream(broker, [0]);
  const first = reading.stream.next();
  await settled();
  expect(reading.usedBytes()).toBeGreaterThan(0);
  reading.ended.abort();
  reading.disk.resolve();
  await first;
  await reading.stream.return();
  expect(reading.usedBytes()).toBe(0);

  const sent = await openStream(broker, [1]);
  sent.disk.resolve();
  await sent.stream.next();
  expect(sent.usedBytes()).toBeGreaterThan(0);
  await sent.stream.return();
  expect(sent.usedBytes()).toBe(0);
  for (const log of broker.logs.all()) expect(log.unreleased).toBe(0);
});

test("a full process still gets a batch through, one at a time", async () => {
  await using broker = await TestBroker.start({ metadata });
  const { stream, disk, ended } = await openStream(broker, [0, 1]);
  const othersBytes = broker.budget.limitBytes;
  broker.budget.takeOverLimit(othersBytes);
  disk.resolve();
  for (let message = 0; message < 2; message++) {
    expect((await stream.next()).value!.slices).toHaveLength(1);
  }
  ended.abort();
  await stream.return();
  broker.budget.give(othersBytes);
});
