import { buildMarkerBatch, stampBatch } from "@millrace/kafka-protocol";
import {
  createSimulatedRuntime,
  type Disk,
  MemoryDisk,
  SeededRandom,
  SimulatedDisk,
} from "@millrace/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  appendAs,
  makeBatch,
  offsetsOf,
  openLog,
  readAll,
  testConfig,
  topicId,
  written,
} from "../../test-support/log-harness.ts";
import type { PartitionLog } from "../partition-log.ts";

const LOG = "t-0/00000000000000000000.log";
const CHECKPOINT = "recovery-point-offset-checkpoint";

async function copyDisk(from: Disk, path = "", to: Disk = new MemoryDisk()): Promise<Disk> {
  for (const { name, kind } of await from.list(path)) {
    const inner = path === "" ? name : `${path}/${name}`;
    if (kind === "directory") {
      await to.makeDirectory(inner);
      await copyDisk(from, inner, to);
    } else {
      await to.replaceFile(inner, (await from.readFile(inner))!);
    }
  }
  return to;
}

/** Idempotent, transactional and plain batches, and markers; what producer state and indexes are made of. */
function appendMixed(log: PartitionLog, count: number): void {
  for (let index = 0; index < count; index++) {
    const sequence = Math.floor(index / 4);
    if (index % 4 === 0) appendAs(log, makeBatch({ records: 2, timestampMs: 1_000 + index }));
    if (index % 4 === 1)
      appendAs(log, makeBatch({ producerId: 1, producerEpoch: 0, baseSequence: sequence }));
    if (index % 4 === 2) {
      appendAs(
        log,
        makeBatch({ producerId: 2, producerEpoch: 0, baseSequence: sequence, isTransactional: true }),
      );
    }
    if (index % 4 === 3) {
      const type = index % 8 === 3 ? "abort" : "commit";
      const marker = {
        type,
        coordinatorEpoch: 1,
        timestamp: 2_000,
        producerId: 2,
        producerEpoch: 0,
      } as const;
      appendAs(log, buildMarkerBatch(marker), "coordinator");
    }
  }
}

/** Everything that recovery has to bring back, as text that compares. */
async function stateOf(log: PartitionLog): Promise<unknown> {
  const committed = await log.read(log.logStartOffset, {
    maxBytes: 1e6,
    upTo: "lastStable",
    atLeastOneBatch: true,
  });
  return {
    bytes: Buffer.concat(await readAll(log)).toString("hex"),
    producers: log.activeProducers(),
    stable: log.lastStableOffset,
    aborted: committed.abortedTransactions,
    max: await log.maxTimestampOffset(),
  };
}

describe("after a crash", () => {
  test("a log that was cut at any byte holds every whole batch, and what follows from them", async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog({ disk });
    appendMixed(log, 9);
    await written(log);
    const whole = Buffer.concat(await readAll(log));
    const ends: number[] = [0];
    for (const batch of await readAll(log)) ends.push(ends.at(-1)! + batch.length);
    for (let size = 0; size <= whole.length; size++) {
      const torn = await copyDisk(disk);
      await torn.replaceFile(LOG, whole.subarray(0, size));
      const recovered = await openLog({ disk: torn });
      const kept = ends.filter((end) => end <= size).length - 1;
      const bytes = Buffer.concat(await readAll(recovered.log));
      expect(bytes.equals(whole.subarray(0, ends[kept]))).toBe(true);
      expect((await torn.readFile(LOG))?.length).toBe(ends[kept]);
      const again = await openLog({ disk: new MemoryDisk() });
      appendMixed(again.log, kept);
      await written(again.log);
      expect(await stateOf(recovered.log)).toEqual(await stateOf(again.log));
    }
  });

  test("indexes that were cut or damaged anywhere are made anew", async () => {
    const disk = new MemoryDisk();
    const config = { indexIntervalBytes: 1, segmentBytes: 500 };
    const { log } = await openLog({ disk, config });
    appendMixed(log, 25);
    await log.flush();
    const state = await stateOf(log);
    const files = (await disk.list("t-0")).map(({ name }) => `t-0/${name}`);
    expect(files.filter((name) => name.endsWith(".timeindex")).length).toBeGreaterThan(2);
    for (const path of files.filter((name) => /index$|snapshot$|leader-epoch-checkpoint$/.test(name))) {
      const content = (await disk.readFile(path))!;
      for (let size = 0; size < content.length; size += 5) {
        const torn = await copyDisk(disk);
        await torn.remove(CHECKPOINT); // recovery reads everything
        await torn.replaceFile(path, content.subarray(0, size));
        const recovered = await openLog({ disk: torn, config });
        expect(await stateOf(recovered.log)).toEqual(state);
      }
    }
  });

  test("only what lies above the recovery point is read", async () => {
    const disk = new SimulatedDisk({ random: new SeededRandom(1) });
    const { log, logs } = await openLog({ disk });
    for (let index = 0; index < 50; index++) appendAs(log, makeBatch({ valueBytes: 1_000 }));
    await logs.close({ brokerEpoch: 3 });
    await written((await openLog({ disk })).log);
    let reads = 0;
    disk.faults.fail = (operation, path) => {
      if (operation === "read" && path.endsWith(".log")) reads++;
      return undefined;
    };
    const again = await openLog({ disk });
    expect(again.log.logEndOffset).toBe(50);
    expect(reads).toBe(3); // its size, the last indexed batch, and the first header
  });

  test("a damaged batch with sound ones behind it is refused, not cut", async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog({ disk });
    for (let index = 0; index < 3; index++) appendAs(log, makeBatch({ records: 5 }));
    await written(log);
    const bytes = (await disk.readFile(LOG))!;
    bytes[bytes.length / 3 + 70]! ^= 4;
    await disk.replaceFile(LOG, bytes);
    const failure = openLog({ disk });
    await expect(failure).rejects.toMatchObject({
      id: "KAFKA_STORAGE_ERROR",
      cause: { path: LOG, message: expect.stringMatching(/position \d+ \(offset 5\) is damaged/) },
    });
    expect((await disk.readFile(LOG))?.equals(bytes)).toBe(true);
  });

  test("a hole that never reached the disk is cut, with what lies behind it", async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog({ disk });
    for (let index = 0; index < 3; index++) appendAs(log, makeBatch({ valueBytes: 2_000 }));
    await written(log);
    const bytes = (await disk.readFile(LOG))!;
    bytes.fill(0, 3_072, 3_584);
    await disk.replaceFile(LOG, bytes);
    const recovered = await openLog({ disk });
    expect(offsetsOf(await readAll(recovered.log))).toEqual([0]);
  });

  test("flushed records that are missing take the partition offline", async () => {
    const disk = new MemoryDisk();
    const { log, logs } = await openLog({ disk });
    for (let index = 0; index < 3; index++) appendAs(log, makeBatch());
    await logs.close({ brokerEpoch: 1 });
    const bytes = (await disk.readFile(LOG))!;
    await disk.replaceFile(LOG, bytes.subarray(0, bytes.length - 1));
    const again = await openLog({ disk }).catch((error: unknown) => error);
    expect(again).toMatchObject({ id: "KAFKA_STORAGE_ERROR" });
    expect((await disk.readFile(LOG))?.length).toBe(bytes.length - 1);
  });

  test("power cuts at any time lose nothing that was flushed, whatever else they leave", async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant("append" as const),
          records: fc.integer({ min: 1, max: 40 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("flush" as const), records: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("truncate" as const), records: fc.nat(3) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("crash" as const), records: fc.constant(0) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.nat(),
        fc.boolean(),
        async (steps, seed, syncs) => {
          const runtime = createSimulatedRuntime({ seed });
          let disk = new SimulatedDisk({ random: runtime.random });
          const config = {
            segmentBytes: 2_000,
            indexIntervalBytes: 200,
            flushMessages: syncs ? 1 : Infinity,
          };
          let { log, logs } = await openLog({ disk, config });
          let model: string[] = [];
          let flushed = 0;
          let sequence = 0;
          for (const { kind, records } of [...steps, { kind: "crash", records: 0 } as const]) {
            if (kind === "append") {
              const batch = makeBatch({
                records,
                text: `${sequence++}-`,
                valueBytes: 30,
                timestampMs: sequence,
              });
              stampBatch(batch, 0, appendAs(log, batch).baseOffset, log.latestEpoch);
              model.push(batch.toString("hex"));
              await written(log);
              if (syncs) flushed = model.length;
            } else if (kind === "flush") {
              await log.flush();
              flushed = model.length;
            } else if (kind === "truncate") {
              const kept = Math.max(0, model.length - records);
              const cut = (await readAll(log))[kept];
              if (cut !== undefined)
                await log.truncateTo(Number(cut.readBigInt64BE(0)) as typeof log.logEndOffset);
              model = model.slice(0, kept);
              flushed = Math.min(flushed, kept);
            } else {
              disk = disk.crash();
              ({ log, logs } = await openLog({ disk, config }));
              const found = (await readAll(log)).map((batch) => batch.toString("hex"));
              expect(found.length).toBeGreaterThanOrEqual(flushed);
              expect(found).toEqual(model.slice(0, found.length));
              model = found;
              flushed = 0; // what recovery found is not flushed by that
            }
          }
          await logs.close({ brokerEpoch: 0 });
          expect(runtime.failures).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("a partition that was never quite made is forgotten", async () => {
    const disk = new MemoryDisk();
    await disk.makeDirectory("t-0");
    const { log } = await openLog({ disk });
    expect(log.topicId).toEqual(topicId);
    expect(testConfig().segmentBytes).toBe(2 ** 30);
  });
});
