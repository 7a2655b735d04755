import { settled } from "@millrace/controller/testing";
import { apiVersionsApi } from "@millrace/kafka-protocol/messages/api-versions";
import { produceApi } from "@millrace/kafka-protocol/messages/produce";
import { describe, expect, test } from "vitest";
import { batchOf } from "../../test-support/batches.ts";
import { TestBroker } from "../../test-support/test-broker.ts";
import { requestFrame, type TestClient } from "../../test-support/test-client.ts";

const MIB = 1_048_576;
const BUDGET_BYTES = 64 * MIB;
const CONNECTIONS = 300;
const software = { clientSoftwareName: "test", clientSoftwareVersion: "1" };

/** The beginning of a frame: its length, and so many bytes of it. */
function startFrame(client: TestClient, announcedBytes: number, sentBytes: number): void {
  const start = Buffer.alloc(4 + sentBytes);
  start.writeInt32BE(announcedBytes);
  client.stream.write([start]);
}

async function attack(announcedBytes: number, sentBytes: number) {
  const metadata = { topics: [{ name: "orders" }] };
  const broker = await TestBroker.start({ metadata, budgetBytes: BUDGET_BYTES });
  const hostile = Array.from({ length: CONNECTIONS }, () => broker.connect());
  for (const client of hostile) startFrame(client, announcedBytes, sentBytes);
  await settled();
  return { broker, hostile };
}

/** Milliseconds that have to pass until it is answered; the budget holds all the while. */
async function msUntil(broker: TestBroker, answer: Promise<unknown>): Promise<number> {
  let answered = false;
  answer.then(() => {
    answered = true;
  });
  for (let elapsedMs = 0; ; elapsedMs += 500) {
    await settled();
    expect(broker.budget.usedBytes).toBeLessThanOrEqual(BUDGET_BYTES);
    if (answered || elapsedMs > 60_000) return elapsedMs;
    broker.runtime.clock.advance(500);
  }
}

/** A produce request of almost a megabyte, in one frame. */
async function largeCall(broker: TestBroker): Promise<void> {
  const records = batchOf({ values: ["x".repeat(0.9 * MIB)] });
  const topicData = [{ name: "orders", partitionData: [{ index: 0, records }] }];
  const request = { acks: -1, timeoutMs: 600_000, topicData };
  const { responses } = await broker.connect().call(produceApi, 9, request);
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
}

/** Once it was seen that the last answers have left. */
async function expectNothingHeld(broker: TestBroker): Promise<void> {
  broker.runtime.clock.advance(1_000);
  await settled();
  expect(broker.budget.usedBytes).toBe(0);
}

describe.each([
  { announced: 90, sent: 0.00001, smallMsMax: 0, largeMsMax: 0 },
  { announced: 90, sent: 1, smallMsMax: 0, largeMsMax: 0 },
  { announced: 90, sent: 3, smallMsMax: 0, largeMsMax: 0 },
  { announced: 24, sent: 3, smallMsMax: 0, largeMsMax: 0 },
  { announced: 8, sent: 3, smallMsMax: 0, largeMsMax: 0 },
  { announced: 3, sent: 2, smallMsMax: 0, largeMsMax: 0 },
  { announced: 1, sent: 0.9, smallMsMax: 2_000, largeMsMax: 5_000 },
  { announced: 0.1, sent: 0.09, smallMsMax: 2_000, largeMsMax: 5_000 },
])("300 half-frames of $announced MB, of which $sent have come", (sizes) => {
  const { announced, sent, smallMsMax, largeMsMax } = sizes;
  const start = () => attack(Math.ceil(announced * MIB), Math.ceil(sent * MIB));

  test("let others through, and go in the end", async () => {
    const { broker, hostile } = await start();
    await using _ = broker;
    const small = broker.connect().call(apiVersionsApi, 3, software);
    expect(await msUntil(broker, small)).toBeLessThanOrEqual(smallMsMax);
    expect(await msUntil(broker, largeCall(broker))).toBeLessThanOrEqual(largeMsMax);
    broker.runtime.clock.advance(64_000);
    await settled();
    expect(hostile.filter(({ closed }) => !closed)).toEqual([]);
    expect(broker.budget.usedBytes).toBe(0);
    expect(broker.runtime.failures).toEqual([]);
  });

  test("do so too when they come again as soon as they are closed", async () => {
    const { broker, hostile } = await start();
    await using _ = broker;
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      for (const [at, client] of hostile.entries()) {
        if (!client.closed) continue;
        hostile[at] = broker.connect();
        startFrame(hostile[at], Math.ceil(announced * MIB), Math.ceil(sent * MIB));
      }
      waits.push(await msUntil(broker, broker.connect().call(apiVersionsApi, 3, software)));
      broker.runtime.clock.advance(500);
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(smallMsMax);
  });
});

test("many large requests at once are all answered, with far less memory than they have together", async () => {
  const budgetBytes = 8 * MIB;
  const broker = await TestBroker.start({ metadata: { topics: [{ name: "orders" }] }, budgetBytes });
  await using _ = broker;
  let peakBytes = 0;
  let answered = 0;
  const calls = Array.from({ length: 60 }, () => largeCall(broker).then(() => answered++));
  while (answered < calls.length) {
    await new Promise((resolve) => setImmediate(resolve));
    peakBytes = Math.max(peakBytes, broker.budget.usedBytes);
  }
  await Promise.all(calls);
  expect(peakBytes).toBeGreaterThan(budgetBytes / 2);
  expect(peakBytes).toBeLessThanOrEqual(budgetBytes + MIB);
  expect(broker.complaints).toEqual([]);
  await expectNothingHeld(broker);
});

test("requests that each take a good part of the budget are answered one after the other", async () => {
  const broker = await TestBroker.start({ metadata: { topics: [{ name: "orders" }] }, budgetBytes: 2 * MIB });
  await using _ = broker;
  await Promise.all(Array.from({ length: 6 }, () => largeCall(broker)));
  expect(broker.complaints).toEqual([]);
  await expectNothingHeld(broker);
});

test.each([
  ["while nobody waits", 0, 32_000],
  ["sooner while others do", CONNECTIONS, 4_000],
])("a frame of which a byte comes now and then is closed, %s", async (_, others, withinMs) => {
  const { broker } = await attack(3 * MIB, others === 0 ? 0 : 2 * MIB);
  await using __ = broker;
  const client = broker.connect();
  startFrame(client, MIB, 100_000);
  for (let elapsedMs = 0; elapsedMs < withinMs; elapsedMs += 500) {
    broker.runtime.clock.advance(500);
    if (!client.closed) client.stream.write([Buffer.alloc(1)]);
    await settled();
  }
  expect(client.closed).toBe(true);
});

test("a frame that arrives slowly but steadily is answered", async () => {
  const broker = await TestBroker.start({ metadata: { topics: [{ name: "orders" }] } });
  await using _ = broker;
  const client = broker.connect();
  const records = batchOf({ values: ["x".repeat(MIB / 2)] });
  const topicData = [{ name: "orders", partitionData: [{ index: 0, records }] }];
  const frame = Buffer.concat(requestFrame(produceApi, 9, { acks: -1, timeoutMs: 600_000, topicData }));
  for (let at = 0; at < frame.length; at += 2_000) {
    client.stream.write([frame.subarray(at, at + 2_000)]);
    await settled();
    broker.runtime.clock.advance(2_000);
  }
  const { responses } = await client.receive(produceApi, 9);
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
});
