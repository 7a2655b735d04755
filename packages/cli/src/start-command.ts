import type { LogLevel } from "@millrace/runtime-node";
import { type Command, Option } from "commander";
import {
  gatherSetting,
  type ListenerArgument,
  parseListener,
  parsePort,
  parsePositiveInteger,
} from "./parse-listener.ts";
import { stopSignals } from "./stop-signals.ts";

/** As commander hands them over: names are the long flags in camel case. */
export interface StartFlags {
  readonly dataDir: string;
  readonly memory?: true;
  readonly nodeId: number;
  readonly host: string;
  readonly kafkaPort: number;
  readonly listener: readonly ListenerArgument[];
  readonly advertisedListener: readonly ListenerArgument[];
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly rack?: string;
  readonly memoryBudget?: number;
  readonly set: Readonly<Record<string, string>>;
  readonly logLevel: LogLevel;
}

const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];
const setHelp = "a broker config by Kafka's name, as in server.properties";
const listenerHelp = "another Kafka listener, NAME://host:port; the first one given replaces --kafka-port";
const advertisedHelp = "what clients of the listener of that name are told to connect to, NAME://host:port";

/** `millrace start`: a combined node (controller and broker) in this process, until SIGTERM or SIGINT. */
export function addStartCommand(program: Command): void {
  const append = (text: string, before: readonly ListenerArgument[]) => [...before, parseListener(text)];
  program
    .command("start")
    .description("run a combined node until SIGTERM or SIGINT")
    .option("--data-dir <dir>", "where it keeps its data; made when missing", "data")
    .addOption(new Option("--memory", "keep everything in memory instead").conflicts("dataDir"))
    .option("--node-id <id>", "its id in the cluster", parsePositiveInteger, 1)
    .option("--host <host>", "the address to bind to", "127.0.0.1")
    .option("--kafka-port <port>", "Kafka's protocol; 0: any free port", parsePort, 9092)
    .addOption(new Option("--listener <listener>", listenerHelp).argParser(append).default([], "none"))
    .addOption(
      new Option("--advertised-listener <listener>", advertisedHelp).argParser(append).default([], "none"),
    )
    .option("--grpc-port <port>", "gRPC; 0: any free port", parsePort, 9094)
    .option("--http-port <port>", "/metrics, /healthz and /readyz; 0: any free port", parsePort, 9464)
    .option("--rack <rack>", "where it stands, for rack-aware placement")
    .option("--memory-budget <bytes>", "for frames, caches and queues together", parsePositiveInteger)
    .addOption(new Option("--set <name=value>", setHelp).argParser(gatherSetting).default({}, "none"))
    .addOption(
      new Option("--log-level <level>", "what goes to standard error").choices(logLevels).default("info"),
    )
    .action(async (flags: StartFlags) => {
      const stopAsked = stopSignals();
      // What goes wrong reaches the user through us: grpc-js would print its own line beside ours. It looks when loaded.
      process.env.GRPC_VERBOSITY ??= "NONE";
      // Only this command needs the server's modules.
      const { runNode } = await import("./run-node.ts");
      await runNode(flags, stopAsked);
    });
}
