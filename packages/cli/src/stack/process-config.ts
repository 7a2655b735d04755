import type { StackProcess } from "./stack-file.ts";

export interface Quorum {
  readonly clusterId: string;
  /** `id@host:port:directory-id` of each controller. */
  readonly initialControllers: readonly string[];
  /** `host:port` of each. */
  readonly bootstrapServers: readonly string[];
}

/** The configuration file of one process of a stack. People may edit it: a stack reads it at every start only. */
export function processConfig(one: StackProcess, quorum: Quorum, set: readonly string[]): string {
  const { nodeId, roles, host, ports, dataDir } = one;
  const own: Readonly<Record<string, unknown>> = {
    "node.id": nodeId,
    "process.roles": roles,
    "cluster.id": quorum.clusterId,
    "data.dir": dataDir,
    host,
    ...(ports.kafka !== null && { "kafka.port": ports.kafka }),
    "grpc.port": ports.grpc,
    "http.port": ports.http,
    ...(roles.includes("controller")
      ? { "controller.quorum.initial.controllers": quorum.initialControllers }
      : { "controller.quorum.bootstrap.servers": quorum.bootstrapServers }),
  };
  const more = Object.fromEntries(set.map((text) => [keyOf(text), text.slice(keyOf(text).length + 1)]));
  // JSON is YAML.
  const lines = Object.entries({ ...own, ...more }).map(
    ([key, value]) => `${key}: ${JSON.stringify(value)}\n`,
  );
  return lines.join("");
}

const keyOf = (text: string): string => text.slice(0, text.indexOf("="));
