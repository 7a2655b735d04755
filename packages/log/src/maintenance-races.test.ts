import { createSimulatedRuntime, SeededRandom, SimulatedDisk } from "@millrace/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  appendAs,
  makeBatch,
  type OpenedLog,
  offsetsOf,
  openLog,
  readAll,
  splitBatches,
  written,
} from "../test-support/log-harness.ts";

import { defaultLogConfig } from "./log-config.ts";
import { offset } from "./units.ts";

const BATCHES = 40;
const config = { segmentBytes: 400, indexIntervalBytes: 100, fileDeleteDelayMs: 0 };

function slowDisk() {
  const runtime = createSimulatedRuntime();
  const disk = new SimulatedDisk({ random: new SeededRandom(1), clock: runtime.clock });
  return { runtime, disk };
}

type Slow = ReturnType<typeof slowDisk>;

/** Lets time pass until everything is done. */
async function passTime<T>({ runtime }: Slow, work: Promise<T>): Promise<T> {
  let done = false;
  const ended = () => {
    done = true;
  };
  work.then(ended, ended);
  while (!done) await tick(runtime);
  return work;
}

async function tick(runtime: Slow["runtime"]): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  runtime.clock.advance(1);
}

/** A log of many segments of which none is open, as after a restart. */
async function openCold(slow: Slow): Promise<OpenedLog> {
  const { logs, log } = await openLog({ ...slow, config });
  for (let index = 0; index < BATCHES; index++) appendAs(log, makeBatch({ timestampMs: 1_000 + index }));
  await written(log);
  await logs.close({ brokerEpoch: 0 });
  return openLog({ ...slow, config, cacheBytesMax: 0 });
}

async function segmentsOf({ disk }: Slow): Promise<number[]> {
  const names = (await disk.list("t-0")).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".log")).map((name) => Number.parseInt(name, 10));
}

describe("segments that go while they are looked at", () => {
  test("do not come back as empty files", async () => {
    const slow = slowDisk();
    const { log, logs } = await openCold(slow);
    const last = Math.max(...(await segmentsOf(slow)));
    slow.disk.faults.delayMs = (operation) => (operation === "open" ? 3 : operation === "rename" ? 1 : 0);
    const found = log.maxTimestampOffset();
    for (let turn = 0; turn < 4; turn++) await tick(slow.runtime);
    await passTime(slow, log.deleteRecordsBefore(log.highWatermark));
    expect(await passTime(slow, found)).toBeUndefined();
    await passTime(slow, log.flush());
    slow.disk.faults.delayMs = undefined;
    expect(await segmentsOf(slow)).toEqual([last]);
    await logs.close({ brokerEpoch: 0 });
  });

  test("nor when their partition is deleted, and another one takes its name", async () => {
    const slow = slowDisk();
    const { log, logs } = await openCold(slow);
    slow.disk.faults.delayMs = (operation) => (operation === "open" ? 3 : 0);
    const found = log.maxTimestampOffset().catch(() => "refused");
    for (let turn = 0; turn < 4; turn++) await tick(slow.runtime);
    await passTime(slow, logs.delete("t", 0));
    const { topicId } = log;
    await passTime(slow, logs.create({ topic: "t", partition: 0, topicId, config: { ...defaultLogConfig } }));
    expect(await passTime(slow, found)).toBe("refused");
    expect(await segmentsOf(slow)).toEqual([0]);
  });
});

test("a read beside a truncation is of before or after it, and takes no log offline", async () => {
  const delays = fc.record({ read: fc.nat(3), truncate: fc.nat(4), rename: fc.nat(2), open: fc.nat(2) });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(BATCHES),
      delays,
      fc.array(fc.nat(BATCHES), { minLength: 30 }),
      async (to, all, from) => {
        const slow = slowDisk();
        const { log } = await openCold(slow);
        slow.disk.faults.delayMs = (operation) =>
          operation === "read" || operation === "truncate" || operation === "rename" || operation === "open"
            ? all[operation]
            : 0;
        const truncated = log.truncateTo(offset(to));
        const reading: Promise<void>[] = [];
        for (const at of from) {
          await tick(slow.runtime);
          if (at > log.logEndOffset) continue;
          const whole = { maxBytes: 1_000, upTo: "logEnd", atLeastOneBatch: true } as const;
          const read = async () => {
            const offsets = offsetsOf(splitBatches((await log.read(offset(at), whole)).batches));
            expect(offsets).toEqual(offsets.map((_, index) => at + index));
          };
          reading.push(
            read().catch((error: unknown) => expect(error).toMatchObject({ id: "OFFSET_OUT_OF_RANGE" })),
          );
        }
        await passTime(slow, truncated);
        await passTime(slow, Promise.all(reading));
        expect(log.failure).toBeUndefined();
        expect(log.logEndOffset).toBe(to);
        expect(offsetsOf(await passTime(slow, readAll(log)))).toEqual(
          Array.from({ length: to }, (_, index) => index),
        );
      },
    ),
    { numRuns: 100 },
  );
});
