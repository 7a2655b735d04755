import { ApiError, createSimulatedRuntime, MemoryDisk } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import {
  appendAs,
  epoch0,
  makeBatch,
  offsetsOf,
  openLog,
  readAll,
  splitBatches,
  written,
} from "../test-support/log-harness.ts";
import { leaderEpoch, offset } from "./units.ts";

const everything = { maxBytes: 1_000_000, upTo: "logEnd", atLeastOneBatch: true } as const;

function idOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error.id;
    throw error;
  }
  return "NONE";
}

describe("append", () => {
  test("gives offsets at once and moves the log end when the bytes are written, once a turn", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    let moves = 0;
    log.subscribe({ watermarksMoved: () => moves++, failed: () => {} });
    const first = appendAs(log, makeBatch({ records: 3 }));
    const second = appendAs(log, makeBatch({ records: 2 }));
    expect([first.baseOffset, first.lastOffset, second.baseOffset, second.lastOffset]).toEqual([0, 2, 3, 4]);
    expect(first).toMatchObject({ duplicate: false, logAppendTimeMs: -1, logStartOffset: 0 });
    expect([log.nextOffset, log.logEndOffset, log.unwrittenBytes > 0]).toEqual([5, 0, true]);
    await written(log);
    expect([log.nextOffset, log.logEndOffset, log.highWatermark, log.unwrittenBytes]).toEqual([5, 5, 5, 0]);
    expect(moves).toBe(2); // the log end, then the high watermark
  });

  test("refuses other leader epochs and other base offsets", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    log.setLeaderEpoch(leaderEpoch(4));
    const at = (expectedLeaderEpoch: number, expectedBaseOffset = 0) =>
      idOf(() =>
        log.append(makeBatch(), {
          origin: "client",
          expectedLeaderEpoch: leaderEpoch(expectedLeaderEpoch),
          expectedBaseOffset: offset(expectedBaseOffset),
        }),
      );
    expect([at(3), at(5), at(4, 1), at(4)]).toEqual([
      "FENCED_LEADER_EPOCH",
      "NOT_LEADER_OR_FOLLOWER",
      "OFFSET_OUT_OF_RANGE",
      "NONE",
    ]);
    expect(log.nextOffset).toBe(1);
    await written(log);
    const [batch] = await readAll(log);
    expect(batch?.readInt32BE(12)).toBe(4); // stamped
  });

  test("replicated batches keep their offsets and epochs, and follow exactly", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    appendAs(log, makeBatch({ records: 2, baseOffset: 0, partitionLeaderEpoch: 3 }), "replication");
    expect(log.latestEpoch).toBe(3);
    const gap = () => appendAs(log, makeBatch({ baseOffset: 3, partitionLeaderEpoch: 3 }), "replication");
    expect(idOf(gap)).toBe("OFFSET_OUT_OF_RANGE");
    const pair = Buffer.concat([makeBatch({ baseOffset: 2 }), makeBatch({ baseOffset: 3 })]);
    expect(appendAs(log, pair, "replication")).toMatchObject({ baseOffset: 2, lastOffset: 3 });
  });

  test("stamps the append time where the topic says so", async () => {
    const runtime = createSimulatedRuntime();
    const { log } = await openLog({
      disk: new MemoryDisk(),
      runtime,
      config: { messageTimestampType: "logAppend" },
    });
    expect(appendAs(log, makeBatch({ timestampMs: 5 })).logAppendTimeMs).toBe(runtime.clock.nowMs());
    await written(log);
    expect(await log.offsetForTimestamp(6)).toMatchObject({ offset: 0, timestampMs: runtime.clock.nowMs() });
  });
});

describe("read", () => {
  test.each([0, 1_000_000])(
    "whole batches from the one that holds the offset, cached bytes %d",
    async (cacheBytesMax) => {
      const { log } = await openLog({ disk: new MemoryDisk(), cacheBytesMax });
      for (let index = 0; index < 4; index++) appendAs(log, makeBatch({ records: 3 }));
      await written(log);
      const size = makeBatch({ records: 3 }).length;
      const read = async (from: number, maxBytes: number, atLeastOneBatch = true) => {
        const result = await log.read(offset(from), { maxBytes, upTo: "logEnd", atLeastOneBatch });
        expect(result.sizeInBytes).toBe(result.batches.reduce((sum, buffer) => sum + buffer.length, 0));
        return offsetsOf(splitBatches(result.batches));
      };
      expect(await read(4, 10_000)).toEqual([3, 6, 9]);
      expect(await read(3, 2 * size)).toEqual([3, 6]);
      expect(await read(3, 2 * size - 1)).toEqual([3]);
      expect(await read(11, 1)).toEqual([9]);
      expect(await read(11, size - 1, false)).toEqual([]);
      expect(await read(12, 10_000)).toEqual([]);
      expect(idOf(() => log.read(offset(13), everything))).toBe("OFFSET_OUT_OF_RANGE");
    },
  );

  test.each([0, 1_000_000])(
    "stays below the watermark that is asked for, cached bytes %d",
    async (cacheBytesMax) => {
      const { log } = await openLog({ disk: new MemoryDisk(), cacheBytesMax });
      appendAs(log, makeBatch({ records: 2 }));
      await written(log);
      const open = { producerId: 9, producerEpoch: 0, isTransactional: true };
      appendAs(log, makeBatch({ ...open, baseSequence: 0 }));
      appendAs(log, makeBatch({ records: 2 }));
      await written(log);
      expect([log.lastStableOffset, log.highWatermark, log.logEndOffset]).toEqual([2, 5, 5]);
      const read = async (upTo: "logEnd" | "lastStable") => {
        const result = await log.read(offset(0), { ...everything, upTo });
        return { offsets: offsetsOf(splitBatches(result.batches)), aborted: result.abortedTransactions };
      };
      expect(await read("logEnd")).toEqual({ offsets: [0, 2, 3], aborted: undefined });
      expect(await read("lastStable")).toEqual({ offsets: [0], aborted: [] });
    },
  );

  test("over segments, cold, in pieces of any size", async () => {
    const { log } = await openLog({
      disk: new MemoryDisk(),
      cacheBytesMax: 0,
      config: { segmentBytes: 400 },
    });
    for (let index = 0; index < 50; index++) appendAs(log, makeBatch({ records: 1 + (index % 3) }));
    await written(log);
    const whole = Buffer.concat(await readAll(log));
    for (const maxBytes of [1, 100, 399, 1_000]) {
      expect(Buffer.concat(await readAll(log, maxBytes)).equals(whole)).toBe(true);
    }
    expect(await log.sizeInBytes()).toBe(whole.length);
  });
});

describe("leader epochs", () => {
  test("say where each epoch ended", async () => {
    const { log } = await openLog({ disk: new MemoryDisk() });
    appendAs(log, makeBatch({ records: 2 }));
    log.setLeaderEpoch(leaderEpoch(2)); // nothing is written in it
    log.setLeaderEpoch(leaderEpoch(3));
    appendAs(log, makeBatch({ records: 3 }));
    await written(log);
    const end = (epoch: number) => log.endOffsetForEpoch(leaderEpoch(epoch));
    expect(end(0)).toEqual({ leaderEpoch: 0, endOffset: 2 });
    expect(end(1)).toEqual({ leaderEpoch: 0, endOffset: 2 });
    expect(end(3)).toEqual({ leaderEpoch: 3, endOffset: 5 });
    expect(end(4)).toBeUndefined();
    expect([log.leaderEpochAt(offset(1)), log.leaderEpochAt(offset(2))]).toEqual([0, 3]);
    expect(idOf(() => log.setLeaderEpoch(epoch0))).toBe("FENCED_LEADER_EPOCH");
  });
});

describe("timestamps", () => {
  test("find the first record at or above one, and the largest", async () => {
    const { log } = await openLog({
      disk: new MemoryDisk(),
      config: { segmentBytes: 500, indexIntervalBytes: 100 },
    });
    for (let index = 0; index < 20; index++)
      appendAs(log, makeBatch({ records: 3, timestampMs: 1_000 + index * 10 }));
    appendAs(log, makeBatch({ timestampMs: 50 }));
    await written(log);
    expect(await log.offsetForTimestamp(0)).toEqual({ offset: 0, timestampMs: 1_000, leaderEpoch: 0 });
    expect(await log.offsetForTimestamp(1_051)).toEqual({ offset: 16, timestampMs: 1_051, leaderEpoch: 0 });
    expect(await log.offsetForTimestamp(1_053)).toMatchObject({ offset: 18, timestampMs: 1_060 });
    expect(await log.offsetForTimestamp(1_193)).toBeUndefined();
    expect(await log.maxTimestampOffset()).toMatchObject({ offset: 59, timestampMs: 1_192 });
  });
});

describe("truncation", () => {
  test("cuts before the batch that holds the offset; the log goes on from there", async () => {
    const disk = new MemoryDisk();
    const { log, logs } = await openLog({ disk, config: { segmentBytes: 400, indexIntervalBytes: 1 } });
    for (let index = 0; index < 20; index++) {
      appendAs(log, makeBatch({ records: 2, producerId: 5, producerEpoch: 0, baseSequence: index * 2 }));
    }
    await written(log);
    await log.truncateTo(offset(15));
    expect([log.logEndOffset, log.nextOffset, log.highWatermark]).toEqual([14, 14, 14]);
    expect(log.activeProducers()[0]?.lastSequence).toBe(13);
    appendAs(log, makeBatch({ producerId: 5, producerEpoch: 0, baseSequence: 14 }));
    await written(log);
    expect(offsetsOf(await readAll(log))).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
    await logs.close({ brokerEpoch: 1 });
    const again = await openLog({ disk });
    expect(offsetsOf(await readAll(again.log))).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  });

  test("fully, to start anywhere", async () => {
    const disk = new MemoryDisk();
    const { log, logs } = await openLog({ disk });
    appendAs(log, makeBatch({ records: 2 }));
    await log.truncateFullyAndStartAt(offset(70));
    expect([log.logStartOffset, log.highWatermark, log.nextOffset]).toEqual([70, 70, 70]);
    expect(appendAs(log, makeBatch()).baseOffset).toBe(70);
    await logs.close({ brokerEpoch: 1 });
    const again = await openLog({ disk });
    expect([again.log.logStartOffset, again.log.logEndOffset]).toEqual([70, 71]);
  });
});
