import { createSimulatedRuntime, SeededRandom, SimulatedDisk } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { appendAs, makeBatch, openLog, readAll } from "../test-support/log-harness.ts";

/** Lets everything run that does not wait for time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe("a slow disk", () => {
  async function openSlow(segmentBytes = 1_000_000) {
    const runtime = createSimulatedRuntime();
    const disk = new SimulatedDisk({ random: new SeededRandom(1), clock: runtime.clock });
    const { log, logs } = await openLog({ disk, runtime, config: { segmentBytes } });
    let writes = 0;
    disk.faults.delayMs = (operation, path) => {
      if (operation !== "write" || !path.endsWith(".log")) return 0;
      writes++;
      return 10;
    };
    return { runtime, disk, log, logs, writes: () => writes };
  }

  test("has one write at a time; what is appended meanwhile becomes the next one", async () => {
    const { runtime, log, writes } = await openSlow();
    appendAs(log, makeBatch());
    await settle();
    for (let index = 0; index < 20; index++) {
      appendAs(log, makeBatch());
      await settle(); // a turn each
    }
    expect([writes(), log.logEndOffset, log.nextOffset]).toEqual([1, 0, 21]);
    runtime.clock.advance(10);
    await settle();
    expect([writes(), log.logEndOffset]).toEqual([2, 1]);
    runtime.clock.advance(10);
    await settle();
    expect([writes(), log.logEndOffset, log.highWatermark, log.unwrittenBytes]).toEqual([2, 21, 21, 0]);
  });

  test("moves the log end in order over the end of a segment", async () => {
    const { runtime, log } = await openSlow(200);
    for (let index = 0; index < 5; index++) appendAs(log, makeBatch());
    const seen: number[] = [];
    log.subscribe({ watermarksMoved: () => seen.push(log.logEndOffset), failed: () => {} });
    for (let index = 0; index < 5; index++) {
      await settle();
      runtime.clock.advance(10);
    }
    await settle();
    expect([...new Set(seen)]).toEqual([2, 4, 5]);
    expect((await readAll(log)).length).toBe(5);
  });

  test("that fails in the middle of a write loses nothing below the log end", async () => {
    const { runtime, disk, log } = await openSlow();
    appendAs(log, makeBatch());
    await settle();
    runtime.clock.advance(10);
    await settle();
    appendAs(log, makeBatch());
    await settle();
    const survivor = disk.crash();
    runtime.clock.advance(10);
    await settle();
    expect(log.failure?.id).toBe("KAFKA_STORAGE_ERROR");
    expect([log.logEndOffset, log.nextOffset]).toEqual([1, 2]);
    const recovered = await openLog({ disk: survivor });
    expect(recovered.log.logEndOffset).toBeLessThanOrEqual(2);
  });

  test("flush.ms flushes by itself", async () => {
    const runtime = createSimulatedRuntime();
    const disk = new SimulatedDisk({ random: new SeededRandom(1), clock: runtime.clock });
    const { log } = await openLog({ disk, runtime, config: { flushMs: 500 } });
    appendAs(log, makeBatch());
    let syncs = 0;
    disk.faults.fail = (operation, path) => {
      if (operation === "sync" && path.endsWith(".log")) syncs++;
      return undefined;
    };
    await settle();
    runtime.clock.advance(499);
    await settle();
    expect(syncs).toBe(0);
    runtime.clock.advance(1);
    await settle();
    expect(syncs).toBe(1);
  });
});
