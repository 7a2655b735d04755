import { settled } from "@millrace/controller/testing";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { produceApi } from "@millrace/kafka-protocol/messages/produce";
import { leaderEpoch } from "@millrace/log";
import { expect, test } from "vitest";
import { batchOf, recordsOf } from "../../test-support/batches.ts";
import { TestBroker } from "../../test-support/test-broker.ts";
import type { TestClient } from "../../test-support/test-client.ts";

const BUDGET_BYTES = 4_194_304;
/** What one client's responses may hold. */
const CLIENT_BYTES = BUDGET_BYTES / 16;
const VALUE_BYTES = 50_000;
const FETCHES = 10;

const request = {
  maxWaitMs: 0,
  minBytes: 1,
  maxBytes: 10_000_000,
  topics: [
    { topic: "orders", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000_000 }] },
  ],
};

async function start(): Promise<TestBroker> {
  const topic = { name: "orders", configs: { "max.message.bytes": "60000" } };
  const broker = await TestBroker.start({ metadata: { topics: [topic] }, budgetBytes: BUDGET_BYTES });
  const log = broker.logs.get("orders", 0)!;
  for (let count = 0; count < 20; count++) {
    const batch = batchOf({ values: ["x".repeat(VALUE_BYTES)] });
    log.append(batch, { origin: "client", expectedLeaderEpoch: leaderEpoch(0) });
  }
  await settled();
  return broker;
}

/** Asks again and again, and reads none of the answers. */
function neverRead(broker: TestBroker): TestClient {
  const client = broker.connect();
  client.stream.pause();
  for (let sent = 0; sent < FETCHES; sent++) client.send(fetchApi, 4, request);
  return client;
}

async function fetchedRecords(broker: TestBroker): Promise<number> {
  const { responses } = await broker.connect().call(fetchApi, 4, request);
  return recordsOf(responses[0]!.partitions[0]!.records).length;
}

test("one client that does not read holds a small part of the budget, however much it asks for", async () => {
  await using broker = await start();
  const client = neverRead(broker);
  await settled();
  expect(broker.budget.usedBytes).toBeGreaterThan(VALUE_BYTES);
  expect(broker.budget.usedBytes).toBeLessThanOrEqual(CLIENT_BYTES);
  expect(await fetchedRecords(broker)).toBeGreaterThan(1);
  client.stream.destroy();
  await settled();
  expect(broker.budget.usedBytes).toBe(0);
  expect(broker.logs.get("orders", 0)!.unreleased).toBe(0);
});

test("many of them are closed as soon as others go short, and who reads is left alone", async () => {
  await using broker = await start();
  const reader = broker.connect();
  const hostile = Array.from({ length: 60 }, () => neverRead(broker));
  await settled();
  expect(broker.budget.usedBytes).toBeGreaterThan(BUDGET_BYTES * (7 / 8));
  expect(broker.budget.usedBytes).toBeLessThanOrEqual(BUDGET_BYTES);
  for (let second = 0; second < 4; second++) {
    broker.runtime.clock.advance(1_000);
    await settled();
  }
  expect(hostile.some(({ closed }) => closed)).toBe(true);
  expect(broker.complaints[0]).toContain("others need the memory");
  expect(await fetchedRecords(broker)).toBeGreaterThan(1);
  expect(reader.closed).toBe(false);
});

test("an answer that comes after its connection was closed gives everything back", async () => {
  await using broker = await start();
  const log = broker.logs.get("orders", 0)!;
  log.held = true;
  const client = broker.connect();
  const records = batchOf({ values: ["late"] });
  client.send(produceApi, 9, {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: "orders", partitionData: [{ index: 0, records }] }],
  });
  await settled();
  expect(broker.budget.usedBytes).toBeGreaterThan(0); // the request itself
  client.stream.destroy();
  await settled();
  log.held = false;
  log.write();
  await settled();
  expect(broker.budget.usedBytes).toBe(0);
  expect(log.unreleased).toBe(0);
});
