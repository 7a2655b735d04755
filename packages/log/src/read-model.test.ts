import { stampBatch } from "@millrace/kafka-protocol";
import { ApiError, MemoryDisk } from "@millrace/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { appendAs, makeBatch, openLog, splitBatches, written } from "../test-support/log-harness.ts";
import type { ReadOptions } from "./partition-log.ts";
import { offset } from "./units.ts";

interface ModelBatch {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
}

/** The obvious version of a read. */
function modelRead(
  batches: readonly ModelBatch[],
  from: number,
  options: ReadOptions,
  limit: number,
): Buffer {
  const taken: Buffer[] = [];
  let bytes = 0;
  for (const batch of batches) {
    if (batch.lastOffset < from) continue;
    const exempt = taken.length === 0 && options.atLeastOneBatch;
    if (batch.lastOffset >= limit || (bytes + batch.bytes.length > options.maxBytes && !exempt)) break;
    taken.push(batch.bytes);
    bytes += batch.bytes.length;
  }
  return Buffer.concat(taken);
}

const append = fc.record({
  kind: fc.constant("append" as const),
  batches: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  valueBytes: fc.constantFrom(1, 40, 400),
});
const read = fc.record({
  kind: fc.constant("read" as const),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  maxBytes: fc.constantFrom(0, 1, 150, 1_000, 100_000),
  atLeastOneBatch: fc.boolean(),
  upTo: fc.constantFrom("logEnd" as const, "highWatermark" as const),
});
const other = fc.record({
  kind: fc.constantFrom(
    "truncate" as const,
    "deleteRecords" as const,
    "retention" as const,
    "reopen" as const,
  ),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
});

test("reads are those of a plain list of batches, whatever is cached, cold, cut or deleted", async () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: append },
      { weight: 8, arbitrary: read },
      { weight: 1, arbitrary: other },
    ),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(0, 2_000, 1_000_000), async (all, cacheBytesMax) => {
      const options = {
        disk: new MemoryDisk(),
        cacheBytesMax,
        config: { segmentBytes: 900, indexIntervalBytes: 100, retentionMs: -1, retentionBytes: 1_500 },
      };
      let { log, logs } = await openLog(options);
      let model: ModelBatch[] = [];
      const pick = (at: number): number =>
        Math.round(log.logStartOffset + at * (log.logEndOffset - log.logStartOffset));
      for (const step of all) {
        if (step.kind === "append") {
          const bytes = Buffer.concat(
            step.batches.map((records) => makeBatch({ records, valueBytes: step.valueBytes })),
          );
          let { nextOffset: baseOffset } = log as { nextOffset: number };
          appendAs(log, bytes);
          for (const batch of splitBatches([bytes])) {
            stampBatch(batch, 0, baseOffset, log.latestEpoch);
            const lastOffset = baseOffset + batch.readInt32BE(23);
            model.push({ bytes: batch, baseOffset, lastOffset });
            baseOffset = lastOffset + 1;
          }
          await written(log);
        } else if (step.kind === "read") {
          const from = pick(step.at);
          const result = await log.read(offset(from), step);
          const limit = step.upTo === "logEnd" ? log.logEndOffset : log.highWatermark;
          const expected = modelRead(model, from, step, limit);
          expect(Buffer.concat(result.batches).equals(expected)).toBe(true);
          expect(result.sizeInBytes).toBe(expected.length);
        } else if (step.kind === "truncate") {
          const to = pick(step.at);
          await log.truncateTo(offset(to));
          model = model.filter((batch) => batch.lastOffset < to);
          log.advanceHighWatermark(log.logEndOffset);
        } else if (step.kind === "deleteRecords") {
          await log.deleteRecordsBefore(offset(Math.min(pick(step.at), log.highWatermark)));
        } else if (step.kind === "retention") {
          await log.applyRetention(0);
          expect(await log.sizeInBytes()).toBeLessThan(1_500 + 900 + 2_000);
        } else {
          await logs.close({ brokerEpoch: 0 });
          ({ log, logs } = await openLog(options));
        }
        expect(log.nextOffset).toBe(Math.max((model.at(-1)?.lastOffset ?? -1) + 1, log.logStartOffset));
        if (log.logStartOffset > 0) {
          expect(() => log.read(offset(log.logStartOffset - 1), { ...modelReadAll })).toThrow(ApiError);
        }
      }
    }),
    { numRuns: 200 },
  );
});

const modelReadAll: ReadOptions = { maxBytes: 1, upTo: "logEnd", atLeastOneBatch: true };
