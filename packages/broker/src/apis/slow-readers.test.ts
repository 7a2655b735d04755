import { settled } from "@millrace/controller/testing";
import { BatchCursor, baseOffset, isCrcValid, lastOffset } from "@millrace/kafka-protocol";
import { fetchApi } from "@millrace/kafka-protocol/messages/fetch";
import { defaultLogConfig, openLogDirectory } from "@millrace/log";
import { createSimulatedRuntime, MemoryDisk, randomBelow, SeededRandom } from "@millrace/runtime";
import { PoisonedPool } from "@millrace/runtime/testing";
import { expect, test } from "vitest";
import { produceTo } from "../../test-support/produce-to.ts";
import { TestBroker } from "../../test-support/test-broker.ts";
import type { TestClient } from "../../test-support/test-client.ts";

const VALUE_BYTES = [20, 3_000, 30_000, 200_000];
const READERS = 6;

/** What the records of a partition say by their offset. */
const valueAt = (offset: number): string =>
  `${offset}-`.padEnd(VALUE_BYTES[offset % VALUE_BYTES.length]!, "x");

const fetchAt = (client: TestClient, fetchOffset: number, maxBytes: number) =>
  client.send(fetchApi, 12, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes,
    topics: [{ topic: "orders", partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: maxBytes }] }],
  });

/** The offset after the last batch, all of which have to be as they were produced. */
function checkRecords(records: Buffer, fetchOffset: number): number {
  const cursor = new BatchCursor(records);
  let next = fetchOffset;
  while (cursor.next()) {
    const { at, size } = cursor;
    expect([baseOffset(records, at), isCrcValid(records, at)]).toEqual([next, true]);
    expect(records.includes(valueAt(next), at)).toBe(true);
    expect(size).toBeGreaterThan(VALUE_BYTES[next % VALUE_BYTES.length]!);
    next = lastOffset(records, at) + 1;
  }
  expect(cursor.end).toBe("complete");
  return next;
}

test.each([1, 2, 3, 4])(
  "responses stay whole while their readers are slow or leave, and the memory around them is used again (seed %d)",
  async (seed) => {
    const random = new SeededRandom(seed);
    const pool = new PoisonedPool();
    const logs = await openLogDirectory({
      disk: new MemoryDisk(),
      runtime: createSimulatedRuntime(),
      configOf: () => defaultLogConfig,
      cacheBytesMax: 1_500_000,
      bufferPool: pool,
    });
    const topics = [{ name: "orders", partitions: 1 }];
    await using broker = await TestBroker.start({ metadata: { topics }, logs, framePool: pool });
    const producer = broker.connect();
    const readers = Array.from({ length: READERS }, () => ({
      client: broker.connect(),
      next: 0,
      asked: false,
    }));
    const pick = (below: number): number => randomBelow(random, below);
    for (let offset = 0; offset < 60; offset++) {
      expect(await produceTo(producer, "orders", 0, { values: [valueAt(offset)] })).toBe(offset);
      const reader = readers[pick(READERS)]!;
      if (!reader.asked) {
        reader.client.stream.pause();
        if (pick(3) === 0) reader.next = pick(offset + 1);
        fetchAt(reader.client, reader.next, [1, 50_000, 1_000_000][pick(3)]!);
        reader.asked = true;
      } else if (pick(5) === 0) {
        reader.client.stream.destroy(); // with its response on the way
        Object.assign(reader, { client: broker.connect(), asked: false });
      } else {
        reader.client.stream.resume();
        const { responses } = await reader.client.receive(fetchApi, 12);
        const { errorCode, records } = responses[0]!.partitions[0]!;
        expect(errorCode).toBe(0);
        reader.next = checkRecords(records ?? Buffer.alloc(0), reader.next);
        reader.asked = false;
      }
    }
    for (const { client } of readers) client.stream.destroy();
    producer.stream.destroy();
    await settled();
    expect(broker.budget.usedBytes).toBe(0);
  },
);
