import { settled } from "@millrace/controller/testing";
import { apiVersionsApi } from "@millrace/kafka-protocol/messages/api-versions";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TestBroker } from "../../test-support/test-broker.ts";
import { requestFrame, type TestClient } from "../../test-support/test-client.ts";

const software = { clientSoftwareName: "test", clientSoftwareVersion: "1" };

/** Another client gets its answers as if nothing were. */
async function expectUndisturbed(broker: TestBroker): Promise<void> {
  const { errorCode } = await broker.connect().call(apiVersionsApi, 3, software);
  expect(errorCode).toBe(0);
  expect(broker.runtime.failures).toEqual([]);
}

function announce(client: TestClient, length: number, bytes: number): void {
  const start = Buffer.alloc(4 + bytes);
  start.writeInt32BE(length);
  client.stream.write([start]);
}

test("random bytes close their connection, and nothing else happens", async () => {
  await using broker = await TestBroker.start();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      const client = broker.connect();
      const frame = Buffer.alloc(4 + bytes.length);
      frame.writeInt32BE(bytes.length);
      frame.set(bytes, 4);
      client.stream.write([frame]);
      await settled();
      client.stream.destroy();
    }),
    { numRuns: 60 },
  );
  await settled();
  expect(broker.budget.usedBytes).toBe(0);
  await expectUndisturbed(broker);
});

test("a known header with random bytes behind it is answered or closed", async () => {
  await using broker = await TestBroker.start();
  const apis = fc.constantFrom(...broker.running.broker.apis);
  await fc.assert(
    fc.asyncProperty(apis, fc.uint8Array({ maxLength: 200 }), async ({ key, versions }, bytes) => {
      const client = broker.connect();
      const frame = Buffer.alloc(14 + bytes.length);
      frame.writeInt32BE(10 + bytes.length, 0);
      frame.writeInt16BE(key, 4);
      frame.writeInt16BE(versions.max, 6);
      frame.writeInt16BE(-1, 12);
      frame.set(bytes, 14);
      client.stream.write([frame]);
      await settled();
      client.stream.destroy();
    }),
    { numRuns: 100 },
  );
  await expectUndisturbed(broker);
});

test.each([
  ["two gigabytes", 2 ** 31 - 1],
  ["a negative length", -5],
  ["more than socket.request.max.bytes", 104_857_601],
])("a frame that declares %s closes the connection with one line", async (_, length) => {
  await using broker = await TestBroker.start();
  const client = broker.connect();
  announce(client, length, 0);
  await client.untilClosed();
  expect(broker.complaints).toHaveLength(1);
  await expectUndisturbed(broker);
});

test("an array of 2^31 elements closes the connection and allocates nothing", async () => {
  await using broker = await TestBroker.start();
  const client = broker.connect();
  const [frame] = requestFrame(metadataApi, 1, { topics: [] });
  frame!.writeInt32BE(2 ** 31 - 1, frame!.length - 4);
  client.stream.write([frame!]);
  await client.untilClosed();
  expect(broker.complaints[0]).toContain("not a Metadata request");
  await expectUndisturbed(broker);
});

test.each([
  ["an API that nobody knows", 999, 0],
  ["a version that is not served", metadataApi.key, 99],
])("%s closes the connection", async (_, key, version) => {
  await using broker = await TestBroker.start();
  const client = broker.connect();
  const [frame] = requestFrame(metadataApi, 1, { topics: [] });
  frame!.writeInt16BE(key, 4);
  frame!.writeInt16BE(version, 6);
  client.stream.write([frame!]);
  await client.untilClosed();
  expect(broker.complaints).toHaveLength(1);
  await expectUndisturbed(broker);
});

test("300 connections that announce 90 MB and send ten bytes hold next to nothing, and are closed in the end", async () => {
  const budgetBytes = 32 * 1024 * 1024;
  await using broker = await TestBroker.start({ budgetBytes });
  const clients = Array.from({ length: 300 }, () => broker.connect());
  for (const client of clients) announce(client, 90_000_000, 10);
  await settled();
  expect(broker.budget.usedBytes).toBeLessThan(budgetBytes);
  await expectUndisturbed(broker);
  broker.runtime.clock.advance(32_000);
  await settled();
  expect(clients.every(({ closed }) => closed)).toBe(true);
  expect(broker.budget.usedBytes).toBe(0);
  await expectUndisturbed(broker);
});

test("half-frames that use up the whole budget stop everyone's reading, but not for ever", async () => {
  await using broker = await TestBroker.start({ budgetBytes: 400_000 });
  const hostile = Array.from({ length: 8 }, () => broker.connect());
  for (const client of hostile) announce(client, 1_000_000, 65_000);
  await settled();
  const waiting = broker.connect().call(apiVersionsApi, 3, software);
  for (let elapsed = 0; elapsed < 300; elapsed += 31) {
    broker.runtime.clock.advance(31_000);
    await settled();
  }
  expect((await waiting).errorCode).toBe(0);
  expect(hostile.every(({ closed }) => closed)).toBe(true);
});

test("a frame of the size of the whole budget still arrives while others hold it", async () => {
  await using broker = await TestBroker.start({ budgetBytes: 300_000 });
  const client = broker.connect();
  const topics = Array.from({ length: 20_000 }, (_, index) => ({ name: `topic-number-${index}` }));
  const request = { topics, allowAutoTopicCreation: false };
  const response = await client.call(metadataApi, 4, request);
  expect(response.topics).toHaveLength(20_000);
  await settled();
  expect(broker.budget.usedBytes).toBe(0);
});

test("a client that never reads its responses is not read any more, and closed in the end", async () => {
  const metadata = {
    topics: Array.from({ length: 200 }, (_, index) => ({ name: `t${index}`, partitions: 10 })),
  };
  await using broker = await TestBroker.start({ metadata, connectionSettings: { unsentBytesMax: 500_000 } });
  const client = broker.connect();
  client.stream.pause();
  for (let sent = 0; sent < 5_000; sent++) client.send(metadataApi, 12, { topics: null });
  await settled();
  expect(client.stream.unsentBytes).toBeGreaterThan(0);
  await expectUndisturbed(broker);
  broker.runtime.clock.advance(40_000);
  await client.untilClosed();
  expect(broker.complaints[0]).toContain("does not read its responses");
  await expectUndisturbed(broker);
});

test("requests that wait are bounded: the rest stays in the socket", async () => {
  const metadata = { topics: [{ name: "orders" }] };
  const connectionSettings = { unansweredMax: 10 };
  await using broker = await TestBroker.start({ metadata, connectionSettings });
  const client = broker.connect();
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }];
  const topics = [{ topic: "orders", partitions }];
  for (let sent = 0; sent < 40; sent++) {
    client.send(fetchApi, 4, { maxWaitMs: 500, minBytes: 1, maxBytes: 1_000, topics });
  }
  let answered = 0;
  for (; answered < 40; answered += 10) {
    await settled();
    broker.runtime.clock.advance(500);
    for (let index = 0; index < 10; index++) await client.receive(fetchApi, 4);
  }
  expect(answered).toBe(40);
});

test("5,000 idle connections cost no budget and no timers, and are closed when their time is over", async () => {
  await using broker = await TestBroker.start();
  const timers = broker.runtime.clock.timers;
  const clients = Array.from({ length: 5_000 }, () => broker.connect());
  await settled();
  expect(broker.running.listener.connectionCount).toBe(5_000);
  expect(broker.budget.usedBytes).toBe(0);
  expect(broker.runtime.clock.timers).toBe(timers);
  broker.runtime.clock.advance(601_000);
  await settled();
  expect(clients.every(({ closed }) => closed)).toBe(true);
  expect(broker.complaints.length).toBeLessThan(100);
});

test("max.connections refuses one more", async () => {
  await using broker = await TestBroker.start({ connectionsMax: 2 });
  const [first, , third] = [broker.connect(), broker.connect(), broker.connect()];
  await third!.untilClosed();
  expect((await first!.call(apiVersionsApi, 3, software)).errorCode).toBe(0);
});
