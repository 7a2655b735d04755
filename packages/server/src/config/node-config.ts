import { type ConfigOf, defineConfig } from "@millrace/runtime";
import { eachIs, parseController, parseInitialController, parseListener } from "./parse-addresses.ts";

const process = { scope: "process", reload: false } as const;
const port = { ...process, type: "int", min: 0, max: 65_535 } as const;
const listener = eachIs(parseListener, "NAME://host:port");

/**
 * What a node is told about itself, by a file, the environment or a command line: all from this table. What concerns
 * the broker's work has Kafka's own names and stands in `brokerConfigs`.
 */
export const nodeConfig = defineConfig(
  {
    "process.roles": {
      ...process,
      type: "list",
      default: ["controller", "broker"],
      valid: ["controller", "broker", "coordinator"],
      itemsMin: 1,
      flag: "--roles <roles>",
      doc: "what the process does for its cluster: any of controller, broker, coordinator",
    },
    "node.id": {
      ...process,
      type: "int",
      default: 1,
      min: 1,
      max: 999_999_999,
      flag: "--node-id <id>",
      doc: "its id in the cluster",
    },
    "cluster.id": {
      ...process,
      type: "string",
      default: null,
      check: (text) => (/^[\w-]{22}$/.test(text) ? undefined : `'${text}' is not 22 letters of base64url`),
      flag: "--cluster-id <id>",
      doc: "the cluster's id; made at the first start of a node that is its own quorum, needed elsewhere",
    },
    "data.dir": {
      ...process,
      type: "string",
      default: null,
      flag: "--data-dir <dir>",
      doc: 'where it keeps its data; made when missing (default: "data")',
    },
    "data.in.memory": {
      ...process,
      type: "boolean",
      default: false,
      flag: "--memory",
      doc: "keep everything in memory instead",
    },
    host: {
      ...process,
      type: "string",
      default: "127.0.0.1",
      flag: "--host <host>",
      doc: "the address to bind to",
    },
    "kafka.port": {
      ...port,
      default: 9092,
      flag: "--kafka-port <port>",
      doc: "Kafka's protocol; 0: any free port",
    },
    listeners: {
      ...process,
      type: "list",
      default: [],
      check: listener,
      flag: "--listener <listener>",
      doc: "another Kafka listener, NAME://host:port; the first one given replaces --kafka-port",
    },
    "advertised.listeners": {
      ...process,
      type: "list",
      default: [],
      check: listener,
      flag: "--advertised-listener <listener>",
      doc: "what clients of the listener of that name are told to connect to, NAME://host:port",
    },
    "grpc.port": { ...port, default: 9094, flag: "--grpc-port <port>", doc: "gRPC; 0: any free port" },
    "grpc.advertised.host": {
      ...process,
      type: "string",
      default: null,
      doc: "where other nodes reach its gRPC port, when that is not the address it binds to",
    },
    "http.port": {
      ...port,
      default: 9464,
      flag: "--http-port <port>",
      doc: "/metrics, /healthz and /readyz; 0: any free port",
    },
    "controller.quorum.bootstrap.servers": {
      ...process,
      type: "list",
      default: [],
      check: eachIs(parseController, "host:port"),
      flag: "--controllers <addresses>",
      doc: "where controllers are, host:port; for a node that is none, or a controller that joins their quorum",
    },
    "controller.quorum.initial.controllers": {
      ...process,
      type: "list",
      default: [],
      check: eachIs(parseInitialController, "id@host:port:directory-id"),
      doc:
        "the quorum as it began, the same on each of its controllers, each id@host:port:directory-id with its gRPC port; " +
        "a controller of which nothing is said is its own quorum",
    },
    "broker.rack": {
      ...process,
      type: "string",
      default: null,
      flag: "--rack <rack>",
      doc: "where it stands, for rack-aware placement",
    },
    "memory.budget.bytes": {
      ...process,
      type: "long",
      default: null,
      min: 1,
      flag: "--memory-budget <bytes>",
      doc: "for frames, caches and queues together; a quarter of memory, at most 1 GiB, when not set",
    },
    "log.level": {
      ...process,
      type: "string",
      default: "info",
      valid: ["debug", "info", "warn", "error", "silent"],
      flag: "--log-level <level>",
      doc: "what goes to standard error: debug, info, warn, error or silent",
    },
  },
  [
    {
      problem: (config) =>
        config["data.in.memory"] && config["data.dir"] !== null
          ? "data.dir and data.in.memory exclude each other"
          : undefined,
    },
    {
      problem: (config) => {
        const bound = new Set(config.listeners.map(nameOf));
        if (config.listeners.length === 0) bound.add("PLAINTEXT");
        const name = config["advertised.listeners"].map(nameOf).find((one) => !bound.has(one));
        return name && `advertised.listeners: ${name}: there is no listener of that name`;
      },
    },
  ],
);

export type NodeConfig = ConfigOf<typeof nodeConfig>;

const nameOf = (text: string): string => text.slice(0, text.indexOf("://"));
