import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { ApacheKafkaProcess, formatApacheKafka } from "./apache-kafka.ts";
import { MillraceProcess } from "./millrace-process.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/**
 * `E2E_AGAINST=apache-kafka` runs the tests that only need a Kafka broker against Apache Kafka itself: what fails
 * there expects the wrong thing.
 */
export const againstApacheKafka: boolean = process.env.E2E_AGAINST === "apache-kafka";

export interface BrokerUnderTest extends AsyncDisposable {
  /** `host:port` of the Kafka listener. */
  readonly bootstrap: string;
  /** Where its partitions' directories are. */
  readonly logDir: string;
  /** Ours, where it is ours. */
  readonly millrace: MillraceProcess | undefined;
  /** Stops it in an orderly way, or by kill -9, and leaves its files until it is disposed of. */
  stop(how: "cleanly" | "kill -9"): Promise<void>;
}

/** A node of its own for a test file, on a directory that goes with it. `configs` are broker configs. */
export async function startBrokerUnderTest(
  configs: Readonly<Record<string, string>> = {},
): Promise<BrokerUnderTest> {
  const directory = await temporaryDirectory();
  const settings = Object.entries(configs).map(([name, value]) => `${name}=${value}`);
  return againstApacheKafka
    ? await startApacheKafka(directory, settings)
    : await startMillraceProcess(directory, settings);
}

type Directory = Awaited<ReturnType<typeof temporaryDirectory>>;

async function startMillraceProcess(
  directory: Directory,
  settings: readonly string[],
): Promise<BrokerUnderTest> {
  const args = settings.flatMap((setting) => ["--set", setting]);
  const millrace = await MillraceProcess.start({ dataDir: directory.path, args });
  return {
    bootstrap: millrace.kafka,
    logDir: directory.path,
    millrace,
    stop: async (how) => {
      if (how === "kill -9") await millrace.kill();
      else await millrace.stop();
    },
    [Symbol.asyncDispose]: async () => {
      await millrace[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function startApacheKafka(directory: Directory, settings: readonly string[]): Promise<BrokerUnderTest> {
  await formatApacheKafka(directory.path, 29_392);
  appendFileSync(join(directory.path, "server.properties"), settings.map((line) => `${line}\n`).join(""));
  const kafka = await ApacheKafkaProcess.start(directory.path);
  return {
    bootstrap: kafka.bootstrap,
    logDir: join(directory.path, "data"),
    millrace: undefined,
    stop: async (how) => {
      if (how === "kill -9") await kafka[Symbol.asyncDispose]();
      else await kafka.stop();
    },
    [Symbol.asyncDispose]: async () => {
      await kafka[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
