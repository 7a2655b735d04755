import type { ListenerOptions, NodeOptions } from "../node/node-options.ts";
import { parseController, parseInitialController, parseListener } from "./parse-addresses.ts";
import type { ResolvedConfig } from "./resolve-config.ts";

const DATA_DIRECTORY = "data";

/** What a node is started with, as its configuration says. */
export function nodeOptionsOf({ node, broker }: ResolvedConfig): NodeOptions {
  const host = node.host;
  const advertisedHost = node["grpc.advertised.host"];
  return {
    roles: node["process.roles"],
    nodeId: node["node.id"],
    ...(node["cluster.id"] !== null && { clusterId: node["cluster.id"] }),
    ...(!node["data.in.memory"] && { dataDir: node["data.dir"] ?? DATA_DIRECTORY }),
    listeners: listenersOf(node),
    grpc: { host, port: node["grpc.port"], ...(advertisedHost !== null && { advertisedHost }) },
    http: { host, port: node["http.port"] },
    ...onlyIfAny("controllers", read(node["controller.quorum.bootstrap.servers"], parseController)),
    ...onlyIfAny(
      "initialControllers",
      read(node["controller.quorum.initial.controllers"], parseInitialController),
    ),
    ...(node["broker.rack"] !== null && { rack: node["broker.rack"] }),
    ...(node["memory.budget.bytes"] !== null && { memoryBudgetBytes: node["memory.budget.bytes"] }),
    configs: broker,
  };
}

function listenersOf(node: ResolvedConfig["node"]): readonly ListenerOptions[] {
  const bound = read(node.listeners, parseListener);
  const own = { name: "PLAINTEXT", host: node.host, port: node["kafka.port"] };
  const advertised = new Map(read(node["advertised.listeners"], parseListener).map((one) => [one.name, one]));
  return (bound.length > 0 ? bound : [own]).map((listener) => {
    const told = advertised.get(listener.name);
    return told === undefined
      ? listener
      : { ...listener, advertisedHost: told.host, advertisedPort: told.port };
  });
}

/** The schema has checked every item. */
const read = <T>(items: readonly string[], parse: (text: string) => T | undefined): readonly T[] =>
  items.flatMap((item) => parse(item) ?? []);

function onlyIfAny<K extends string, T>(key: K, items: readonly T[]): { readonly [P in K]?: readonly T[] } {
  return items.length === 0 ? {} : ({ [key]: items } as { readonly [P in K]: readonly T[] });
}
