import { settled } from "@millrace/controller/testing";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { leaderEpoch } from "@millrace/log";
import { expect, test } from "vitest";
import { batchOf, recordsOf } from "../../test-support/batches.ts";
import { TestBroker } from "../../test-support/test-broker.ts";

const WAIT_MS = 1_200_000;
const metadata = { topics: [{ name: "orders" }] };

/** There is less than it asks for, and it would wait for more for as long as it may. */
const request = {
  maxWaitMs: WAIT_MS,
  minBytes: 2 ** 31 - 1,
  maxBytes: 10_000_000,
  rackId: "r".repeat(30_000),
  topics: [
    { topic: "orders", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000_000 }] },
  ],
};

async function start(): Promise<TestBroker> {
  const broker = await TestBroker.start({ metadata });
  const batch = batchOf({ values: ["x".repeat(50_000)] });
  broker.logs.get("orders", 0)!.append(batch, { origin: "client", expectedLeaderEpoch: leaderEpoch(0) });
  await settled();
  return broker;
}

test("fetches that wait hold neither their frames nor what there is to read, and get that in the end", async () => {
  await using broker = await start();
  const client = broker.connect();
  for (let sent = 0; sent < 50; sent++) client.send(fetchApi, 11, request);
  await settled();
  expect(broker.budget.usedBytes).toBe(0);
  expect(broker.logs.get("orders", 0)!.unreleased).toBe(0);
  broker.runtime.clock.advance(WAIT_MS);
  const { responses } = await client.receive(fetchApi, 11);
  expect(recordsOf(responses[0]!.partitions[0]!.records)).toHaveLength(1);
});

test("a fetch whose client is gone does not wait on", async () => {
  await using broker = await start();
  const { timers } = broker.runtime.clock;
  for (let round = 0; round < 20; round++) {
    const client = broker.connect();
    client.send(fetchApi, 11, request);
    await settled();
    expect(broker.runtime.clock.timers).toBe(timers + 1);
    client.stream.destroy();
    await settled();
  }
  expect(broker.runtime.clock.timers).toBe(timers);
  expect(broker.budget.usedBytes).toBe(0);
  expect(broker.logs.get("orders", 0)!.unreleased).toBe(0);
});

test("an answer that waits for one before it is given back when its client goes", async () => {
  await using broker = await start();
  const client = broker.connect();
  client.send(fetchApi, 11, request);
  client.send(fetchApi, 11, { ...request, minBytes: 1 });
  await settled();
  expect(broker.logs.get("orders", 0)!.unreleased).toBe(1);
  client.stream.destroy();
  await settled();
  expect(broker.logs.get("orders", 0)!.unreleased).toBe(0);
  expect(broker.budget.usedBytes).toBe(0);
});
