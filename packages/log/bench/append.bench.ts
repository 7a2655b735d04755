// What the log engine alone does on a real file system: node packages/log/bench/append.bench.ts [directory]
// Appends batches of 1 KiB records for each size, then reads them back from the tail cache and cold from files in
// the page cache. Prints one line of JSON for each size; MB are 10^6 bytes.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastOffset, RecordBatchBuilder, sizeInBytes } from "@millrace/kafka-protocol";
import { defaultLogConfig, leaderEpoch, offset, openLogDirectory, type PartitionLog } from "@millrace/log";
import { createNodeRuntime, NodeDisk } from "@millrace/runtime-node";

const TOTAL_BYTES = 1_000_000_000;
const RUNS = 3;
const CACHE_BYTES = 100_000_000;
/** What producers keep in flight: appends of one turn become one write. */
const APPENDS_A_TURN = 4;

const runtime = createNodeRuntime({
  onFail: (error) => {
    throw error;
  },
});

function makeBatch(bytes: number): Buffer {
  const builder = new RecordBatchBuilder(bytes + 4_096);
  const value = Buffer.alloc(1_024, "a line of some length ");
  while (builder.sizeInBytes < bytes - 1_100) builder.append(Date.now(), null, value);
  return builder.build();
}

async function append(log: PartitionLog, batchBytes: number): Promise<number> {
  const template = makeBatch(batchBytes);
  const appends = Math.floor(TOTAL_BYTES / template.length);
  const options = { origin: "client", expectedLeaderEpoch: leaderEpoch(0) } as const;
  const startedMs = performance.now();
  let appended = 0;
  await new Promise<void>((resolve, reject) => {
    const stop = log.subscribe({
      watermarksMoved: () => {
        log.advanceHighWatermark(log.logEndOffset);
        if (log.logEndOffset < log.nextOffset) return;
        if (appended < appends) return turn();
        stop();
        resolve();
      },
      failed: (_, cause) => reject(cause),
    });
    const turn = (): void => {
      for (let index = 0; index < APPENDS_A_TURN && appended < appends; index++) {
        log.append(template, options);
        appended++;
      }
    };
    turn();
  });
  return (appends * template.length) / 1e3 / (performance.now() - startedMs);
}

async function read(log: PartitionLog, from: number): Promise<{ mbPerSecond: number; bytes: number }> {
  const startedMs = performance.now();
  let bytes = 0;
  let next = from;
  while (next < log.logEndOffset) {
    const result = log.read(offset(next), {
      maxBytes: 1_048_576,
      upTo: "highWatermark",
      atLeastOneBatch: true,
    });
    const found = result instanceof Promise ? await result : result;
    const { batches, sizeInBytes: readBytes } = found;
    bytes += readBytes;
    const last = batches.at(-1)!;
    let at = 0;
    while (at + sizeInBytes(last, at) < last.length) at += sizeInBytes(last, at);
    next = lastOffset(last, at) + 1;
    found.release();
  }
  return { mbPerSecond: bytes / 1e3 / (performance.now() - startedMs), bytes };
}

async function run(root: string, batchBytes: number) {
  const directory = await mkdtemp(join(root, "millrace-log-bench-"));
  try {
    const disk = await NodeDisk.at(directory);
    const options = { disk, runtime, configOf: () => defaultLogConfig };
    const logs = await openLogDirectory({ ...options, cacheBytesMax: CACHE_BYTES });
    const place = { topic: "t", partition: 0, topicId: new Uint8Array(16) };
    const log = await logs.create({ ...place, config: defaultLogConfig });
    log.setLeaderEpoch(leaderEpoch(0));
    const appendMb = await append(log, batchBytes);
    const tailStart = log.logEndOffset - Math.floor((CACHE_BYTES * 0.4) / 1_100);
    const tail = await read(log, tailStart);
    const cold = await read(log, 0);
    await logs.close({ brokerEpoch: 0 });
    const openedMs = performance.now();
    const again = await openLogDirectory({ ...options, cacheBytesMax: CACHE_BYTES });
    const openMs = performance.now() - openedMs;
    await again.close({ brokerEpoch: 0 });
    return { appendMb, tailMb: tail.mbPerSecond, coldMb: cold.mbPerSecond, openMs };
  } finally {
    await rm(directory, { recursive: true });
  }
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function main(): Promise<void> {
  for (const batchBytes of [16_384, 65_536, 262_144, 1_048_576]) {
    const runs = [];
    for (let index = 0; index < RUNS; index++) runs.push(await run(process.argv[2] ?? tmpdir(), batchBytes));
    const line = (key: keyof (typeof runs)[number]) =>
      Math.round(median(runs.map((one) => one[key])) * 10) / 10;
    console.log(
      JSON.stringify({
        bench: "log",
        batchBytes,
        appendMbPerSecond: line("appendMb"),
        appendSpread: runs.map((one) => Math.round(one.appendMb)),
        tailReadMbPerSecond: line("tailMb"),
        coldReadMbPerSecond: line("coldMb"),
        openAfterCleanCloseMs: line("openMs"),
      }),
    );
  }
}

main();
