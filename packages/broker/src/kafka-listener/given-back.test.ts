import { settled } from "@millrace/controller/testing";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { produceApi } from "@millrace/kafka-protocol/messages/produce";
import { defaultLogConfig, openLogDirectory } from "@millrace/log";
import { createSimulatedRuntime, SeededRandom, SimulatedDisk } from "@millrace/runtime";
import { PoisonedPool } from "@millrace/runtime/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { batchOf } from "../../test-support/batches.ts";
import { TestBroker } from "../../test-support/test-broker.ts";
import { requestFrame } from "../../test-support/test-client.ts";

const BUDGET_BYTES = 2_000_000;

function produceFrame(valueBytes: number, spoil: boolean): Buffer {
  const records = batchOf({ values: ["x".repeat(valueBytes)] });
  if (spoil) records[records.length - 1]! ^= 1; // its CRC is wrong
  const topicData = [{ name: "orders", partitionData: [{ index: 0, records }] }];
  return Buffer.concat(requestFrame(produceApi, 9, { acks: -1, timeoutMs: 5_000, topicData }));
}

function fetchFrame(fetchOffset: number, minBytes: number): Buffer {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }];
  const topics = [{ topic: "orders", partitions }];
  return Buffer.concat(
    requestFrame(fetchApi, 4, { maxWaitMs: 3_000, minBytes, maxBytes: 1_000_000, topics }),
  );
}

const request = fc.oneof(
  fc.tuple(fc.constantFrom(10, 5_000, 100_000, 600_000), fc.boolean()).map((of) => produceFrame(...of)),
  fc.tuple(fc.nat(5), fc.constantFrom(0, 1, 1_000_000_000)).map((of) => fetchFrame(...of)),
  fc.constant(Buffer.concat(requestFrame(metadataApi, 12, { topics: null }))),
  fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const step = fc.record({
  client: fc.nat(5),
  act: fc.oneof(
    { weight: 5, arbitrary: fc.record({ send: request, part: fc.constantFrom(1, 1, 1, 0.9, 0.2, 0.01) }) },
    { weight: 1, arbitrary: fc.constantFrom("leave", "stop reading", "read", "wait", "break disk") },
  ),
});

test("whatever clients do and wherever they stop, all memory is given back in the end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const framePool = new PoisonedPool();
      const logPool = new PoisonedPool();
      const runtime = createSimulatedRuntime();
      const disk = new SimulatedDisk({ random: new SeededRandom(1), clock: runtime.clock });
      const logs = await openLogDirectory({
        disk,
        runtime,
        configOf: () => defaultLogConfig,
        cacheBytesMax: 300_000,
        bufferPool: logPool,
      });
      const metadata = { topics: [{ name: "orders" }] };
      await using broker = await TestBroker.start({ metadata, logs, framePool, budgetBytes: BUDGET_BYTES });
      const clients = Array.from({ length: 6 }, () => broker.connect());
      for (const { client: index, act } of steps) {
        const { stream, closed } = clients[index]!;
        if (closed) clients[index] = broker.connect();
        if (typeof act !== "string")
          stream.write([act.send.subarray(0, Math.ceil(act.send.length * act.part))]);
        else if (act === "leave") stream.destroy();
        else if (act === "stop reading") stream.pause();
        else if (act === "read") stream.resume();
        else if (act === "break disk") {
          disk.faults.fail = (operation, path) =>
            operation === "write" && path.endsWith(".log") ? "IO" : undefined;
        } else broker.runtime.clock.advance(1_000);
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
      await settled();
      for (const { stream } of clients) stream.destroy();
      await settled();
      broker.runtime.clock.advance(5_000);
      await settled();
      logs.setCacheBytesMax(0);
      expect(broker.runtime.failures).toEqual([]);
      expect(broker.budget.usedBytes).toBe(0);
      expect([framePool.held, logPool.held]).toEqual([0, 0]);
    }),
    { numRuns: 60 },
  );
});

test("a produce request's memory is used again while its answer is awaited, and counts until then", async () => {
  const framePool = new PoisonedPool();
  await using broker = await TestBroker.start({ metadata: { topics: [{ name: "orders" }] }, framePool });
  const log = broker.logs.get("orders", 0)!;
  log.held = true;
  const client = broker.connect();
  client.stream.write([produceFrame(100_000, false)]);
  await settled();
  expect(framePool.held).toBe(0);
  expect(broker.budget.usedBytes).toBeGreaterThan(100_000);
  log.held = false;
  log.write();
  const { responses } = await client.receive(produceApi, 9);
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
  broker.runtime.clock.advance(1_000); // when it is looked whether the answer has left
  expect(broker.budget.usedBytes).toBe(0);
});
