import { createSimulatedRuntime, SeededRandom, SimulatedDisk } from "@millrace/runtime";
import { PoisonedPool } from "@millrace/runtime/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  appendAs,
  commitAtOnce,
  epoch0,
  makeBatch,
  openLogs,
  testConfig,
  topicId,
  written,
} from "../test-support/log-harness.ts";
import type { PartitionLog, ReadResult } from "./partition-log.ts";
import { offset } from "./units.ts";

const PARTITIONS = 3;

interface HeldRead {
  readonly result: ReadResult;
  /** What it said when it was new. */
  readonly content: Buffer;
}

const append = fc.record({
  kind: fc.constant("append" as const),
  partition: fc.nat(PARTITIONS - 1),
  valueBytes: fc.constantFrom(10, 3_000, 30_000, 90_000),
});
const read = fc.record({
  kind: fc.constant("read" as const),
  partition: fc.nat(PARTITIONS - 1),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  maxBytes: fc.constantFrom(1, 5_000, 50_000, 400_000),
});
const other = fc.record({
  kind: fc.constantFrom("release" as const, "advance" as const, "shrink" as const),
  index: fc.nat(),
});

test("what a read answered stays as it was until it is released, whatever becomes of the memory around it", async () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: append },
      { weight: 6, arbitrary: read },
      { weight: 4, arbitrary: other },
    ),
    { maxLength: 60 },
  );
  const delays = fc.constantFrom(0, 5);
  await fc.assert(
    fc.asyncProperty(steps, delays, delays, async (all, writeMs, readMs) => {
      const runtime = createSimulatedRuntime();
      const disk = new SimulatedDisk({ random: new SeededRandom(1), clock: runtime.clock });
      const bufferPool = new PoisonedPool({ freeBytesMax: 0 });
      const logs = await openLogs({ disk, runtime, cacheBytesMax: 400_000, bufferPool });
      const opened: { readonly log: PartitionLog; readonly appended: Buffer[] }[] = [];
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const log = await logs.create({ topic: "t", partition, topicId, config: testConfig() });
        log.setLeaderEpoch(epoch0);
        commitAtOnce(log);
        opened.push({ log, appended: [] });
      }
      disk.faults.delayMs = (operation) =>
        operation === "write" ? writeMs : operation === "read" ? readMs : 0;
      const held: HeldRead[] = [];
      const reading: Promise<void>[] = [];
      for (const step of all) {
        if (step.kind === "append") {
          const { log, appended } = opened[step.partition]!;
          const text = `${step.partition}.${appended.length}-`;
          const batch = makeBatch({ valueBytes: step.valueBytes, text });
          const { baseOffset } = appendAs(log, batch);
          batch.writeBigInt64BE(BigInt(baseOffset), 0);
          batch.writeInt32BE(epoch0, 12);
          appended.push(Buffer.from(batch));
          batch.fill(0xee); // the caller's own again
        } else if (step.kind === "read") {
          const { log, appended } = opened[step.partition]!;
          const from = Math.round(step.at * log.logEndOffset);
          const options = { maxBytes: step.maxBytes, upTo: "logEnd", atLeastOneBatch: true } as const;
          const keep = (result: ReadResult): void => {
            const content = Buffer.concat(result.batches);
            const expected = Buffer.concat(appended.slice(from)).subarray(0, content.length);
            expect(content.equals(expected)).toBe(true);
            held.push({ result, content });
          };
          const result = log.read(offset(from), options);
          if (result instanceof Promise) reading.push(result.then(keep));
          else keep(result);
        } else if (step.kind === "release") {
          const [released] = held.splice(step.index % Math.max(1, held.length), 1);
          released?.result.release();
          released?.result.release(); // once is enough, more does nothing
        } else if (step.kind === "advance") {
          runtime.clock.advance(5);
          for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        } else {
          logs.setCacheBytesMax(step.index % 2 === 0 ? 0 : 400_000);
        }
        for (const { result, content } of held) {
          expect(Buffer.concat(result.batches).equals(content)).toBe(true);
        }
      }
      disk.faults.delayMs = undefined;
      for (let round = 0; round < 5; round++) {
        runtime.clock.advance(10);
        for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      }
      await Promise.all(reading);
      for (const { log, appended } of opened) {
        await written(log);
        const whole = { maxBytes: 100_000_000, upTo: "logEnd", atLeastOneBatch: true } as const;
        logs.setCacheBytesMax(0); // from the files
        const { batches } = await log.read(offset(0), whole);
        expect(Buffer.concat(batches).equals(Buffer.concat(appended))).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});
