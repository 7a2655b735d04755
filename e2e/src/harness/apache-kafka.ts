import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type CommandOptions, type CommandResult, exited, mustRun, runCommand, works } from "./command.ts";

const folder = fileURLToPath(new URL("../../apache-kafka/", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "millrace-apache-kafka-4.3.1");
const libraries = join(cache, "libs");

/** Whether Java and Maven are on this machine; tests that want Apache Kafka are skipped where not. */
export const hasJava: boolean =
  works("java", ["-version"]) && (existsSync(join(cache, "done")) || works("mvn", ["-v"]));

/** Fetches Apache Kafka's jars through Maven, once a machine. */
export async function installApacheKafka(): Promise<void> {
  if (existsSync(join(cache, "done"))) return;
  mkdirSync(cache, { recursive: true });
  await mustRun(
    "mvn",
    [
      "-q",
      "-B",
      "-f",
      join(folder, "pom.xml"),
      "dependency:copy-dependencies",
      `-DoutputDirectory=${libraries}`,
    ],
    { timeoutMs: 600_000 },
  );
  writeFileSync(join(cache, "done"), "");
}

/** A tool ends before optimized code and a second thread for the collector pay; a server lives on them. */
const jvm = {
  tool: ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
  server: ["-Xmx1g", "-XX:+UseG1GC"],
} as const;

function javaArguments(kind: keyof typeof jvm): string[] {
  return [
    ...jvm[kind],
    `-Dmillrace.log.level=${kind === "tool" ? "ERROR" : "INFO"}`,
    `-Dlog4j2.configurationFile=${join(folder, "log4j2.xml")}`,
    "-cp",
    join(libraries, "*"),
  ];
}

/** Runs one of Kafka's command line tools by its class, e.g. `org.apache.kafka.tools.DumpLogSegments`. */
export async function runKafkaTool(
  mainClass: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  await installApacheKafka();
  return await runCommand("java", [...javaArguments("tool"), mainClass, ...args], options);
}

/** Makes a data directory for `ApacheKafkaProcess`: one combined node with default settings. */
export async function formatApacheKafka(
  directory: string,
  port: number,
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  await installApacheKafka();
  mkdirSync(directory, { recursive: true });
  const properties = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${port + 1}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "log.dirs": join(directory, "data"),
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    ...configs,
  };
  const file = join(directory, "server.properties");
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(""));
  const id = (await runKafkaTool("kafka.tools.StorageTool", ["random-uuid"])).stdout.toString().trim();
  const formatted = await runKafkaTool("kafka.tools.StorageTool", ["format", "-t", id, "-c", file]);
  if (formatted.exitCode !== 0) throw new Error(`Apache Kafka could not be formatted:\n${formatted.stderr}`);
}

/** A real Apache Kafka 4.3.1 on a directory that was formatted. */
export class ApacheKafkaProcess {
  readonly child: ChildProcess;
  readonly bootstrap: string;

  private constructor(child: ChildProcess, bootstrap: string) {
    this.child = child;
    this.bootstrap = bootstrap;
  }

  /** Resolves when its log says that it has started. */
  static async start(directory: string): Promise<ApacheKafkaProcess> {
    const properties = join(directory, "server.properties");
    const bootstrap = /^advertised.listeners=PLAINTEXT:\/\/(\S+)$/m.exec(
      readFileSync(properties, "utf8"),
    )?.[1];
    if (bootstrap === undefined) throw new Error(`${directory} was not formatted for Apache Kafka`);
    const logFile = join(directory, "server.log");
    const log = openSync(logFile, "w");
    const child = spawn("java", [...javaArguments("server"), "kafka.Kafka", properties], {
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    while (!readFileSync(logFile, "utf8").includes("Kafka Server started")) {
      if (child.exitCode !== null)
        throw new Error(`Apache Kafka did not start:\n${readFileSync(logFile, "utf8")}`);
      await delay(10);
    }
    return new ApacheKafkaProcess(child, bootstrap);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error("Apache Kafka has no process id");
    return this.child.pid;
  }

  /** Asks it to stop and waits. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await exited(this.child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await exited(this.child);
  }
}
