import { ApiError, createSimulatedRuntime, MemoryDisk, SeededRandom, SimulatedDisk } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import {
  appendAs,
  commitAtOnce,
  epoch0,
  makeBatch,
  offsetsOf,
  openLog,
  openLogs,
  readAll,
  splitBatches,
  testConfig,
  topicId,
  written,
} from "../test-support/log-harness.ts";
import type { LogListener } from "./partition-log.ts";
import { offset } from "./units.ts";

const names = async (disk: MemoryDisk | SimulatedDisk, path: string) =>
  (await disk.list(path)).map(({ name }) => name);

describe("a data directory", () => {
  test("has Kafka's files after a clean shutdown, and says which broker epoch that was", async () => {
    const disk = new MemoryDisk();
    const { log, logs } = await openLog({ disk });
    appendAs(log, makeBatch({ records: 3 }));
    await logs.close({ brokerEpoch: 42 });
    expect(await names(disk, "")).toEqual([
      ".kafka_cleanshutdown",
      "cleaner-offset-checkpoint",
      "log-start-offset-checkpoint",
      "recovery-point-offset-checkpoint",
      "replication-offset-checkpoint",
      "t-0",
    ]);
    expect(await names(disk, "t-0")).toEqual([
      "00000000000000000000.index",
      "00000000000000000000.log",
      "00000000000000000000.timeindex",
      "00000000000000000003.snapshot",
      "leader-epoch-checkpoint",
      "partition.metadata",
    ]);
    const text = async (path: string) => (await disk.readFile(path))?.toString();
    expect(await text(".kafka_cleanshutdown")).toBe('{"version":0,"brokerEpoch":42}');
    expect(await text("cleaner-offset-checkpoint")).toBe("0\n0\n");
    expect(await text("recovery-point-offset-checkpoint")).toBe("0\n1\nt 0 3\n");
    expect(await text("t-0/leader-epoch-checkpoint")).toBe("0\n1\n0 0\n");
    expect(await text("t-0/partition.metadata")).toBe("version: 0\ntopic_id: BwcHBwcHBwcHBwcHBwcHBw\n");

    const again = await openLogs({ disk });
    expect(again.cleanShutdownBrokerEpoch).toBe(42);
    expect(again.get("t", 0)).toMatchObject({ logEndOffset: 3, highWatermark: 3, topicId });
    expect(await names(disk, "")).not.toContain(".kafka_cleanshutdown"); // a crash from here on is one
    expect((await openLogs({ disk })).cleanShutdownBrokerEpoch).toBeUndefined();
  });

  test("renames what is deleted, frees it later, and makes a new log of that name from nothing", async () => {
    const disk = new MemoryDisk();
    const runtime = createSimulatedRuntime();
    const { log, logs } = await openLog({ disk, runtime });
    appendAs(log, makeBatch({ records: 5 }));
    await log.flush();
    await log.deleteRecordsBefore(offset(5));
    await logs.delete("t", 0);
    expect(() => log.read(offset(0), { maxBytes: 1, upTo: "logEnd", atLeastOneBatch: true })).toThrow(
      ApiError,
    );
    const deleted = (await names(disk, "")).filter((name) => name.endsWith("-delete"));
    expect(deleted).toEqual([expect.stringMatching(/^t-0\.[0-9a-f]{32}-delete$/)]);
    const anew = await logs.create({ topic: "t", partition: 0, topicId, config: testConfig() });
    expect([anew.logStartOffset, anew.nextOffset]).toEqual([0, 0]);
    expect((await openLog({ disk })).log.nextOffset).toBe(0); // old checkpoints do not count
    runtime.clock.advance(60_000);
    expect((await names(disk, "")).filter((name) => name.endsWith("-delete"))).toEqual([]);
  });

  test("refuses a second log of a name", async () => {
    const { logs } = await openLog({ disk: new MemoryDisk() });
    const again = logs.create({ topic: "t", partition: 0, topicId, config: testConfig() });
    await expect(again).rejects.toMatchObject({ id: "KAFKA_STORAGE_ERROR" });
  });

  test("opens the others when one partition is damaged, and keeps what it knew of that one", async () => {
    const disk = new MemoryDisk();
    const logs = await openLogs({ disk });
    for (const topic of ["a", "b"]) {
      const log = await logs.create({ topic, partition: 0, topicId, config: testConfig() });
      log.setLeaderEpoch(epoch0);
      appendAs(log, makeBatch());
    }
    await logs.close({ brokerEpoch: 1 });
    await disk.replaceFile("a-0/partition.metadata", Buffer.from("?"));
    const again = await openLogs({ disk });
    expect(again.unopened).toMatchObject([
      { topic: "a", partition: 0, cause: { id: "KAFKA_STORAGE_ERROR" } },
    ]);
    expect(again.get("b", 0)?.logEndOffset).toBe(1);
    await again.close({ brokerEpoch: 2 });
    expect((await disk.readFile("recovery-point-offset-checkpoint"))?.toString()).toContain("a 0 1\n");
  });

  test("bounds memory: the tail cache evicts the oldest of all partitions, and cold reads still answer", async () => {
    const disk = new SimulatedDisk({ random: new SeededRandom(1) });
    const logs = await openLogs({ disk, cacheBytesMax: 300_000 });
    const opened = [];
    for (const topic of ["a", "b", "c"]) {
      const log = await logs.create({ topic, partition: 0, topicId, config: testConfig() });
      log.setLeaderEpoch(epoch0);
      commitAtOnce(log);
      opened.push(log);
    }
    for (let index = 0; index < 100; index++) {
      for (const log of opened) appendAs(log, makeBatch({ valueBytes: 3_000 }));
    }
    let reads = 0;
    disk.faults.fail = (operation) => {
      if (operation === "read") reads++;
      return undefined;
    };
    for (const log of opened) {
      await written(log);
      expect(offsetsOf(await readAll(log, 10_000))).toEqual(Array.from({ length: 100 }, (_, index) => index));
      const options = { maxBytes: 1, upTo: "logEnd", atLeastOneBatch: true } as const;
      reads = 0;
      expect(offsetsOf((await log.read(offset(0), options)).batches)).toEqual([0]);
      expect(reads).toBe(1);
      expect(log.read(offset(99), options)).not.toBeInstanceOf(Promise);
      expect(reads).toBe(1);
    }
  });
});

describe("retention", () => {
  const now = 1_000_000;

  async function openWithSegments(config: object) {
    const disk = new MemoryDisk();
    const runtime = createSimulatedRuntime();
    const opened = await openLog({ disk, runtime, config: { segmentBytes: 100, ...config } });
    for (let index = 0; index < 5; index++)
      appendAs(opened.log, makeBatch({ timestampMs: now + index * 1_000 }));
    await written(opened.log);
    await opened.log.flush();
    return { disk, runtime, ...opened };
  }

  test("by time goes by the largest timestamp of a segment, and takes the last one too", async () => {
    const { log, disk, runtime } = await openWithSegments({ retentionMs: 2_000 });
    expect((await log.applyRetention(now + 3_001)).segmentsDeleted).toBe(2);
    expect(log.logStartOffset).toBe(2);
    expect(offsetsOf(await readAll(log))).toEqual([2, 3, 4]);
    expect((await names(disk, "t-0")).filter((name) => name.endsWith(".log.deleted")).length).toBe(2);
    runtime.clock.advance(60_000);
    expect((await names(disk, "t-0")).filter((name) => name.endsWith(".deleted"))).toEqual([]);
    await log.applyRetention(now + 100_000);
    expect([log.logStartOffset, log.logEndOffset]).toEqual([5, 5]);
    expect(appendAs(log, makeBatch()).baseOffset).toBe(5);
    await written(log);
    expect(offsetsOf(await readAll((await openLog({ disk })).log))).toEqual([5]);
  });

  test("by size keeps at least that much", async () => {
    const size = makeBatch().length;
    const { log } = await openWithSegments({ retentionMs: -1, retentionBytes: 2 * size + 1 });
    expect(await log.applyRetention(now)).toEqual({ segmentsDeleted: 2, bytesDeleted: 2 * size });
    expect(log.logStartOffset).toBe(2);
  });

  test("does not touch what is not committed, nor logs that are only compacted", async () => {
    const disk = new MemoryDisk();
    const logs = await openLogs({ disk });
    const config = testConfig({ segmentBytes: 100, retentionMs: 1 });
    const log = await logs.create({ topic: "t", partition: 0, topicId, config });
    log.setLeaderEpoch(epoch0);
    for (let index = 0; index < 3; index++) appendAs(log, makeBatch());
    await written(log);
    log.advanceHighWatermark(offset(1));
    expect((await log.applyRetention(now)).segmentsDeleted).toBe(1);
    log.advanceHighWatermark(offset(3));
    log.updateConfig({ ...config, cleanupPolicy: { delete: false, compact: true } });
    expect((await log.applyRetention(now)).segmentsDeleted).toBe(0);
  });

  test("runs by the domain clock", async () => {
    const { log, runtime } = await openWithSegments({ retentionMs: 2_000 });
    runtime.clock.advance(300_000);
    await log.flush(); // behind the retention run
    await Promise.resolve();
    expect(log.logStartOffset).toBe(5);
  });

  test("deletes records below an offset on demand, for good", async () => {
    const { log, disk } = await openWithSegments({ retentionMs: -1 });
    await log.deleteRecordsBefore(offset(3));
    expect(log.logStartOffset).toBe(3);
    await expect(log.deleteRecordsBefore(offset(6))).rejects.toMatchObject({ id: "OFFSET_OUT_OF_RANGE" });
    const again = await openLog({ disk }); // as after a crash
    expect(again.log.logStartOffset).toBe(3);
    expect(await log.offsetForTimestamp(0)).toMatchObject({ offset: 3 });
  });

  test("a read that is under way when its segment goes is answered", async () => {
    const disk = new SimulatedDisk({ random: new SeededRandom(1), clock: createSimulatedRuntime().clock });
    const { log } = await openLog({ disk, cacheBytesMax: 0, config: { segmentBytes: 100, retentionMs: 1 } });
    for (let index = 0; index < 4; index++) appendAs(log, makeBatch());
    await written(log);
    await log.flush();
    const options = { maxBytes: 10_000, upTo: "logEnd", atLeastOneBatch: true } as const;
    const reading = Promise.allSettled([log.read(offset(0), options), log.read(offset(2), options)]);
    await log.applyRetention(now);
    for (const outcome of await reading) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ id: "OFFSET_OUT_OF_RANGE" });
      else expect(offsetsOf(splitBatches(outcome.value.batches)).at(-1)).toBe(3);
    }
    expect(log.failure).toBeUndefined();
  });
});

describe("a failing disk", () => {
  const outcomes = (): LogListener & { readonly causes: unknown[] } => {
    const causes: unknown[] = [];
    return { causes, watermarksMoved: () => {}, failed: (_, cause) => causes.push(cause) };
  };

  test.each(["FULL", "IO"] as const)(
    "%s takes the partition offline and leaves the others alone",
    async (code) => {
      const disk = new SimulatedDisk({ random: new SeededRandom(1) });
      const logs = await openLogs({ disk });
      const [a, b] = await Promise.all(
        ["a", "b"].map((topic) => logs.create({ topic, partition: 0, topicId, config: testConfig() })),
      );
      for (const log of [a!, b!]) {
        log.setLeaderEpoch(epoch0);
        commitAtOnce(log);
        appendAs(log, makeBatch());
        await written(log);
      }
      const told = outcomes();
      a!.subscribe(told);
      disk.faults.fail = (operation, path) =>
        operation === "write" && path.startsWith("a-0/") ? code : undefined;
      appendAs(a!, makeBatch());
      await expect(written(a!)).rejects.toMatchObject({ id: "KAFKA_STORAGE_ERROR", cause: { code } });
      expect(told.causes).toEqual([a!.failure]);
      expect([a!.logEndOffset, a!.highWatermark]).toEqual([1, 1]);
      expect(() => appendAs(a!, makeBatch())).toThrow(a!.failure);
      appendAs(b!, makeBatch());
      await written(b!);
      disk.faults.fail = undefined;
      await logs.close({ brokerEpoch: 1 });
      expect(await disk.readFile(".kafka_cleanshutdown")).toBeUndefined(); // the end of `a` has to be looked at
      expect((await openLogs({ disk })).get("a", 0)?.logEndOffset).toBe(1);
    },
  );

  test("a segment that rots is not served", async () => {
    const disk = new SimulatedDisk({ random: new SeededRandom(1) });
    const { log } = await openLog({ disk, cacheBytesMax: 0 });
    const size = makeBatch().length;
    for (let index = 0; index < 3; index++) appendAs(log, makeBatch());
    await written(log);
    disk.rot("t-0/00000000000000000000.log", size + 16); // the second one's magic
    const options = { maxBytes: 10_000, upTo: "logEnd", atLeastOneBatch: true } as const;
    await expect(log.read(offset(0), options)).rejects.toMatchObject({
      id: "KAFKA_STORAGE_ERROR",
      cause: { path: "t-0/00000000000000000000.log", message: expect.stringContaining(`position ${size}`) },
    });
    expect(log.failure).toBeDefined();
  });

  test("with an fsync before the log end moves, one serves all that is pending", async () => {
    const disk = new SimulatedDisk({ random: new SeededRandom(1) });
    const { log } = await openLog({ disk, config: { flushMessages: 1 } });
    let syncs = 0;
    disk.faults.fail = (operation, path) => {
      if (operation === "sync" && path.endsWith(".log")) syncs++;
      return undefined;
    };
    for (let index = 0; index < 10; index++) appendAs(log, makeBatch());
    await written(log);
    expect(syncs).toBe(1);
    disk.faults.fail = (operation) => (operation === "sync" ? "IO" : undefined);
    appendAs(log, makeBatch());
    await expect(written(log)).rejects.toMatchObject({ id: "KAFKA_STORAGE_ERROR" });
    expect(log.logEndOffset).toBe(10);
  });
});
