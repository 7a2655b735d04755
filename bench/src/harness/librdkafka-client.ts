import { existsSync, mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "@millrace/e2e/harness";

const source = fileURLToPath(new URL("../../librdkafka/client.c", import.meta.url));
const program = join(tmpdir(), "millrace-bench", "client");

/** Compiles the load client against the machine's librdkafka (Debian: librdkafka-dev), when it is older than its source. */
async function compile(): Promise<void> {
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return;
  mkdirSync(join(program, ".."), { recursive: true });
  await mustRun("gcc", ["-O2", "-Wall", "-o", program, source, "-lrdkafka"]);
}

async function client(args: readonly string[]): Promise<Record<string, number>> {
  await compile();
  return JSON.parse((await mustRun(program, args, { timeoutMs: 300_000 })).toString()) as Record<
    string,
    number
  >;
}

export interface Throughput {
  readonly records: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly clientCpuSeconds: number;
}

/** From `produce()` until the consumer has the record, in milliseconds. */
export interface Latency {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Produces to partition 0 with acks=all, as fast as it goes. */
export const produce = (
  bootstrap: string,
  topic: string,
  recordBytes: number,
  records: number,
): Promise<Throughput> =>
  client([
    "produce",
    bootstrap,
    topic,
    `${recordBytes}`,
    `${records}`,
  ]) as Promise<unknown> as Promise<Throughput>;

/** Reads `records` of partition 0 from the beginning; timed from the first one. */
export const consume = (bootstrap: string, topic: string, records: number): Promise<Throughput> =>
  client(["consume", bootstrap, topic, `${records}`]) as Promise<unknown> as Promise<Throughput>;

/** One record at a time, `rate` a second, acks=all, no linger. */
export const latency = (
  bootstrap: string,
  topic: string,
  options: { readonly recordBytes: number; readonly records: number; readonly ratePerSecond: number },
): Promise<Latency> =>
  client([
    "latency",
    bootstrap,
    topic,
    `${options.recordBytes}`,
    `${options.records}`,
    `${options.ratePerSecond}`,
  ]) as Promise<unknown> as Promise<Latency>;

/** Frees the disk and the page cache for the next run: both servers delete files at once when benchmarked. */
export async function deleteTopic(bootstrap: string, topic: string): Promise<void> {
  await client(["delete", bootstrap, topic]);
}
