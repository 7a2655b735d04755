import {
  createSimulatedRuntime,
  SeededRandom,
  SimulatedDisk,
  type SimulatedRuntime,
} from "@millrace/runtime";
import { PoisonedPool } from "@millrace/runtime/testing";
import { expect, test } from "vitest";
import { appendAs, makeBatch, openLogs, testConfig, topicId } from "../test-support/log-harness.ts";
import type { PartitionLog, ReadResult } from "./partition-log.ts";
import type { PartitionLogs } from "./partition-logs.ts";
import { leaderEpoch, offset } from "./units.ts";

interface Scene {
  readonly runtime: SimulatedRuntime;
  readonly disk: SimulatedDisk;
  readonly logs: PartitionLogs;
  readonly log: PartitionLog;
}

const whole = { maxBytes: 10_000_000, upTo: "logEnd", atLeastOneBatch: true } as const;
const failing =
  (operation: string, suffix = ".log") =>
  (asked: string, path: string) =>
    asked === operation && path.endsWith(suffix) ? "IO" : undefined;

/** What goes wrong while records are appended, and read from memory and from files. */
const mishaps: Readonly<Record<string, (scene: Scene) => unknown>> = {
  "nothing does": () => {},
  "writes fail": ({ disk }) => {
    disk.faults.fail = failing("write");
  },
  "the disk is full": ({ disk }) => {
    disk.faults.fail = (operation) => (operation === "write" ? "FULL" : undefined);
  },
  "reads fail": ({ disk }) => {
    disk.faults.fail = failing("read");
  },
  "a segment's file cannot be made": ({ disk }) => {
    disk.faults.fail = failing("open");
  },
  "the log is flushed and that fails": ({ disk, log }) => {
    disk.faults.fail = failing("sync");
    return log.flush();
  },
  "the power is cut": ({ disk }) => void disk.crash(),
  "the log is truncated": ({ log }) => log.truncateTo(offset(3)),
  "the log is emptied": ({ log }) => log.truncateFullyAndStartAt(offset(100)),
  "records are deleted": ({ log }) => log.deleteRecordsBefore(log.highWatermark),
  "the partition is deleted": ({ logs }) => logs.delete("t", 0),
  "everything is closed": ({ logs }) => logs.close({ brokerEpoch: 0 }),
};

async function settle(runtime: SimulatedRuntime): Promise<void> {
  for (let round = 0; round < 40; round++) {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    runtime.clock.advance(1);
  }
}

for (const diskMs of [0, 2]) {
  test.each(Object.keys(mishaps))(
    `memory is all given back when %s (a disk of ${diskMs} ms)`,
    async (name) => {
      const pool = new PoisonedPool({ freeBytesMax: 0 });
      const runtime = createSimulatedRuntime();
      const disk = new SimulatedDisk({ random: new SeededRandom(1), clock: runtime.clock });
      const logs = await openLogs({ disk, runtime, cacheBytesMax: 200_000, bufferPool: pool });
      const config = testConfig({ segmentBytes: 60_000 });
      const log = await logs.create({ topic: "t", partition: 0, topicId, config });
      log.setLeaderEpoch(leaderEpoch(0));
      log.subscribe({ watermarksMoved: () => log.advanceHighWatermark(log.logEndOffset), failed: () => {} });
      disk.faults.delayMs = (operation) => (operation === "write" || operation === "read" ? diskMs : 0);
      const reads: Promise<ReadResult | undefined>[] = [];
      const act = () => {
        for (let count = 0; count < 10; count++) {
          try {
            appendAs(log, makeBatch({ valueBytes: 20_000 }));
          } catch {} // offline or truncating
          for (const at of [0, log.logEndOffset >> 1, Math.max(0, log.logEndOffset - 1)]) {
            for (const upTo of ["logEnd", "lastStable"] as const) {
              const read = async () => log.read(offset(at), { ...whole, upTo });
              reads.push(read().catch(() => undefined));
            }
          }
        }
      };
      act();
      await settle(runtime);
      act();
      const mishap = Promise.resolve(mishaps[name]!({ runtime, disk, logs, log })).catch(() => {});
      await settle(runtime);
      if (name !== "the log is truncated" && name !== "the log is emptied") act();
      await settle(runtime);
      await mishap;
      for (const read of await Promise.all(reads)) read?.release();
      logs.setCacheBytesMax(0);
      expect(pool.held).toBe(0);
    },
  );
}
