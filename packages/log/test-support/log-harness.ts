import { RecordBatchBuilder } from "@millrace/kafka-protocol";
import { type BufferPool, createSimulatedRuntime, type Disk, type SimulatedRuntime } from "@millrace/runtime";
import {
  defaultLogConfig,
  type LogConfig,
  leaderEpoch,
  openLogDirectory,
  type PartitionLog,
  type PartitionLogs,
} from "../src/index.ts";

export const epoch0 = leaderEpoch(0);
export const topicId = new Uint8Array(16).fill(7);

export interface BatchSpec {
  readonly records?: number;
  readonly valueBytes?: number;
  /** Of the first record; the next ones are 1 ms later each. */
  readonly timestampMs?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly baseOffset?: number;
  readonly partitionLeaderEpoch?: number;
  readonly text?: string;
}

export function makeBatch(spec: BatchSpec = {}): Buffer {
  const { records = 1, valueBytes = 20, timestampMs = 1_000, text = "x", ...header } = spec;
  const builder = new RecordBatchBuilder(64);
  for (let index = 0; index < records; index++) {
    builder.append(timestampMs + index, null, Buffer.alloc(valueBytes, `${text}${index}`));
  }
  return builder.build(header);
}

export interface OpenOptions {
  readonly disk: Disk;
  readonly runtime?: SimulatedRuntime;
  readonly config?: Partial<LogConfig>;
  readonly cacheBytesMax?: number;
  readonly bufferPool?: BufferPool;
}

export function testConfig(config: Partial<LogConfig> = {}): LogConfig {
  return { ...defaultLogConfig, ...config };
}

export async function openLogs(options: OpenOptions): Promise<PartitionLogs> {
  return openLogDirectory({
    disk: options.disk,
    runtime: options.runtime ?? createSimulatedRuntime(),
    configOf: () => testConfig(options.config),
    cacheBytesMax: options.cacheBytesMax ?? 1_000_000,
    ...(options.bufferPool !== undefined && { bufferPool: options.bufferPool }),
  });
}

export interface OpenedLog {
  readonly logs: PartitionLogs;
  readonly log: PartitionLog;
}

/** The log of partition `t-0`, made when it is not there, led in epoch 0 or what it has, and committed to its end. */
export async function openLog(options: OpenOptions): Promise<OpenedLog> {
  const logs = await openLogs(options);
  if (logs.unopened[0] !== undefined) throw logs.unopened[0].cause;
  const log =
    logs.get("t", 0) ??
    (await logs.create({ topic: "t", partition: 0, topicId, config: testConfig(options.config) }));
  if (log.latestEpoch < 0) log.setLeaderEpoch(epoch0);
  commitAtOnce(log);
  return { logs, log };
}

/** What a broker does with a single replica. */
export function commitAtOnce(log: PartitionLog): void {
  log.subscribe({ watermarksMoved: () => log.advanceHighWatermark(log.logEndOffset), failed: () => {} });
  log.advanceHighWatermark(log.logEndOffset);
}

export function appendAs(
  log: PartitionLog,
  batches: Buffer,
  origin: "client" | "coordinator" | "replication" = "client",
) {
  return log.append(batches, { origin, expectedLeaderEpoch: log.latestEpoch });
}

/** Resolves when everything appended so far is written. */
export async function written(log: PartitionLog): Promise<void> {
  const target = log.nextOffset;
  if (log.logEndOffset >= target) return;
  await new Promise<void>((resolve, reject) => {
    const stop = log.subscribe({
      watermarksMoved: () => {
        if (log.logEndOffset < target) return;
        stop();
        resolve();
      },
      failed: (_, cause) => reject(cause),
    });
  });
}

/** All batches up to the log's end, one buffer a batch. */
export async function readAll(log: PartitionLog, maxBytes = 1_000_000): Promise<Buffer[]> {
  const found: Buffer[] = [];
  let from = log.logStartOffset;
  while (from < log.logEndOffset) {
    const read = await log.read(from, { maxBytes, upTo: "logEnd", atLeastOneBatch: true });
    for (const batch of splitBatches(read.batches)) {
      found.push(batch);
      from = (Number(batch.readBigInt64BE(0)) + batch.readInt32BE(23) + 1) as typeof from;
    }
  }
  return found;
}

export function splitBatches(buffers: readonly Buffer[]): Buffer[] {
  const found: Buffer[] = [];
  for (const buffer of buffers) {
    for (let at = 0; at < buffer.length; ) {
      const size = 12 + buffer.readInt32BE(at + 8);
      found.push(buffer.subarray(at, at + size));
      at += size;
    }
  }
  return found;
}

export const offsetsOf = (batches: readonly Buffer[]): number[] =>
  batches.map((batch) => Number(batch.readBigInt64BE(0)));
