import { buildMarkerBatch } from "@millrace/kafka-protocol";
import { ApiError, createSimulatedRuntime, MemoryDisk } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { appendAs, makeBatch, openLog, written } from "../../test-support/log-harness.ts";
import type { PartitionLog } from "../partition-log.ts";
import { offset } from "../units.ts";
import { ProducerEntry } from "./producer-entry.ts";
import { formatSnapshot, parseSnapshot } from "./snapshot-file.ts";

const producer = { producerId: 7, producerEpoch: 0 };

function idOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error.id;
    throw error;
  }
  return "NONE";
}

const send = (log: PartitionLog, baseSequence: number, more: Parameters<typeof makeBatch>[0] = {}) =>
  appendAs(log, makeBatch({ ...producer, baseSequence, ...more }));

const end = (log: PartitionLog, type: "abort" | "commit", more: object = {}) =>
  appendAs(
    log,
    buildMarkerBatch({ type, coordinatorEpoch: 1, timestamp: 1, ...producer, ...more }),
    "coordinator",
  );

describe("idempotent producers", () => {
  test("are answered with the first offsets when they repeat one of their last five batches", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    for (let index = 0; index < 6; index++) send(log, index * 2, { records: 2 });
    expect(send(log, 2, { records: 2 })).toMatchObject({ baseOffset: 2, lastOffset: 3, duplicate: true });
    expect(send(log, 10, { records: 2 })).toMatchObject({ baseOffset: 10, duplicate: true });
    expect(idOf(() => send(log, 0, { records: 2 }))).toBe("OUT_OF_ORDER_SEQUENCE_NUMBER"); // the sixth last
    expect(log.nextOffset).toBe(12);
  });

  test("leave no gaps, and none of an append takes effect when one batch is refused", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    send(log, 5); // nothing is known of it: anything goes
    expect(idOf(() => send(log, 7))).toBe("OUT_OF_ORDER_SEQUENCE_NUMBER");
    const two = Buffer.concat([
      makeBatch({ ...producer, baseSequence: 6 }),
      makeBatch({ ...producer, baseSequence: 8 }),
    ]);
    expect(idOf(() => appendAs(log, two))).toBe("OUT_OF_ORDER_SEQUENCE_NUMBER");
    expect(send(log, 6)).toMatchObject({ baseOffset: 1, duplicate: false });
  });

  test("begin at 0 in a new epoch and are fenced in an old one", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    send(log, 0);
    expect(idOf(() => send(log, 1, { producerEpoch: 1 }))).toBe("OUT_OF_ORDER_SEQUENCE_NUMBER");
    expect(idOf(() => send(log, 0, { producerEpoch: 1 }))).toBe("NONE");
    expect(idOf(() => send(log, 1))).toBe("INVALID_PRODUCER_EPOCH");
  });

  test("go on with 0 after the largest sequence", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    expect(send(log, 2 ** 31 - 2, { records: 2 }).lastOffset).toBe(1);
    expect(send(log, 0).baseOffset).toBe(2);
  });

  test("are forgotten when they were silent for long enough", async () => {
    const runtime = createSimulatedRuntime();
    const { log } = await openLog({ disk: new MemoryDisk(), runtime });
    send(log, 0, { timestampMs: runtime.clock.nowMs() });
    send(log, 0, { producerId: 8, isTransactional: true, timestampMs: runtime.clock.nowMs() });
    await log.applyRetention(runtime.clock.nowMs() + 86_399_999);
    expect(log.activeProducers().length).toBe(2);
    await log.applyRetention(runtime.clock.nowMs() + 86_400_000);
    expect(log.activeProducers().map(({ producerId }) => producerId)).toEqual([8]); // its transaction is open
  });
});

describe("transactions", () => {
  const isTransactional = true;

  test("hold the last stable offset back until their marker is below the high watermark", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    send(log, 0, { isTransactional });
    send(log, 0, { isTransactional, producerId: 8 });
    await written(log);
    expect(log.lastStableOffset).toBe(0);
    expect(idOf(() => send(log, 1))).toBe("INVALID_TXN_STATE");
    end(log, "commit");
    await written(log);
    expect(log.lastStableOffset).toBe(1);
    end(log, "abort", { producerId: 8 });
    await written(log);
    expect(log.lastStableOffset).toBe(4);
    expect(log.activeProducers().map((active) => active.currentTransactionStartOffset)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("that aborted are named to readers of what they touched, also from later segments and after a restart", async () => {
    const disk = new MemoryDisk();
    const config = { segmentBytes: 300 };
    const { log, logs } = await openLog({ disk, config });
    send(log, 0, { isTransactional });
    for (let index = 0; index < 8; index++) appendAs(log, makeBatch());
    end(log, "abort");
    send(log, 1, { isTransactional });
    end(log, "commit");
    await written(log);
    const aborted = async (from: number, of: PartitionLog) => {
      const options = { maxBytes: 100, upTo: "lastStable", atLeastOneBatch: true } as const;
      return (await of.read(offset(from), options)).abortedTransactions;
    };
    const expected = [{ producerId: 7, firstOffset: 0 }];
    expect([await aborted(0, log), await aborted(4, log), await aborted(10, log)]).toEqual([
      expected,
      expected,
      [],
    ]);
    await logs.close({ brokerEpoch: 1 });
    const again = await openLog({ disk, config });
    expect([await aborted(0, again.log), await aborted(10, again.log)]).toEqual([expected, []]);
  });

  test("fence coordinators and producers of earlier epochs", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    end(log, "abort", { coordinatorEpoch: 5, producerEpoch: 3 });
    expect(idOf(() => end(log, "abort", { coordinatorEpoch: 4, producerEpoch: 3 }))).toBe(
      "TRANSACTION_COORDINATOR_FENCED",
    );
    expect(idOf(() => send(log, 0, { isTransactional, producerEpoch: 2 }))).toBe("INVALID_PRODUCER_EPOCH");
    expect(log.activeProducers()).toMatchObject([
      { producerEpoch: 3, coordinatorEpoch: 5, lastSequence: -1 },
    ]);
  });
});

test("a snapshot holds the last batch and the open transaction; a damaged one is none", () => {
  const entry = new ProducerEntry(2 ** 40 + 3);
  entry.addBatch(4, {
    firstSequence: 2 ** 31 - 1,
    lastSequence: 1,
    lastOffset: 99,
    offsetDelta: 2,
    timestampMs: 12,
  });
  entry.coordinatorEpoch = 6;
  entry.transactionFirstOffset = 97;
  const content = formatSnapshot(new Map([[entry.producerId, entry]]));
  expect(parseSnapshot(content)?.get(entry.producerId)).toEqual(entry);
  for (let at = 0; at < content.length; at++) {
    const damaged = Buffer.from(content);
    damaged[at]! ^= 1;
    expect(parseSnapshot(damaged)).toBeUndefined();
    expect(parseSnapshot(content.subarray(0, at))).toBeUndefined();
  }
});
