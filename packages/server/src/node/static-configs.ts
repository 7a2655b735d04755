import { brokerConfigs, type ConfigMap, checkConfigValue, type KafkaConfigTable } from "@millrace/controller";
import { ApiError, closestName } from "@millrace/runtime";

const table: KafkaConfigTable = brokerConfigs;

/** Kafka's names for what a node is told by an option of its own. Set beside it, one would be ignored in silence. */
const ownOptions: ReadonlyMap<string, string> = new Map([
  ["node.id", "node.id"],
  ["broker.id", "node.id"],
  ["process.roles", "process.roles"],
  ["listeners", "listeners"],
  ["advertised.listeners", "advertised.listeners"],
  ["log.dir", "data.dir"],
  ["log.dirs", "data.dir"],
  ["metadata.log.dir", "data.dir"],
  ["broker.rack", "broker.rack"],
  ["controller.quorum.bootstrap.servers", "controller.quorum.bootstrap.servers"],
  ["controller.quorum.voters", "controller.quorum.initial.controllers"],
]);

/** The key of our own for what Kafka calls `name`; undefined where Kafka's is the one. */
export function ownOptionFor(name: string): string | undefined {
  return ownOptions.get(name);
}

/** Kafka's names that may be set as they are. */
export const staticConfigNames: readonly string[] = Object.keys(table).filter(
  (name) => !ownOptions.has(name),
);

/**
 * Broker configs as `server.properties` would have them, checked like Kafka does. Throws INVALID_CONFIG for a name that
 * is none, one that the node has an option of its own for, and a value out of bounds; all problems in one message.
 */
export function staticConfigs(given: Readonly<Record<string, string>>): ConfigMap {
  const problems = Object.entries(given).flatMap(([name, value]) => staticConfigProblem(name, value) ?? []);
  if (problems.length > 0) throw new ApiError("INVALID_CONFIG", { detail: problems.join("; ") });
  return new Map(Object.entries(given));
}

/** What is wrong with one of them, undefined when nothing is. */
export function staticConfigProblem(name: string, value: string): string | undefined {
  if (ownOptions.has(name)) return `${name} cannot be set here: the node has an option of its own for it`;
  const config = table[name];
  if (config !== undefined) return checkConfigValue(name, config, value);
  const meant = closestName(name, staticConfigNames);
  return `${name} is not a broker config of Kafka${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** A number among them, for parts that need it before there is metadata. */
export function staticNumber(configs: ConfigMap, name: keyof typeof brokerConfigs & string): number {
  return Number(configs.get(name) ?? brokerConfigs[name].default);
}
