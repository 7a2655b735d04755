import { brokerConfigs, type ConfigMap, checkConfigValue, type KafkaConfigTable } from "@millrace/controller";
import { ApiError, closestName } from "@millrace/runtime";

/** What the node's own flags decide. Set beside them, one of two values would be ignored in silence. */
const decidedElsewhere: ReadonlySet<string> = new Set([
  "node.id",
  "broker.id",
  "process.roles",
  "listeners",
  "advertised.listeners",
  "log.dir",
  "log.dirs",
  "broker.rack",
]);

/**
 * Broker configs as `server.properties` would have them, checked like Kafka does. Throws INVALID_CONFIG for a name that
 * is none, one that a flag of its own is there for, and a value out of bounds; all problems in one message.
 */
export function staticConfigs(given: Readonly<Record<string, string>>): ConfigMap {
  const problems = Object.entries(given).flatMap(([name, value]) => problemOf(name, value) ?? []);
  if (problems.length > 0) throw new ApiError("INVALID_CONFIG", { detail: problems.join("; ") });
  return new Map(Object.entries(given));
}

function problemOf(name: string, value: string): string | undefined {
  if (decidedElsewhere.has(name))
    return `${name} cannot be set here: the node has an option of its own for it`;
  const table: KafkaConfigTable = brokerConfigs;
  const config = table[name];
  if (config !== undefined) return checkConfigValue(name, config, value);
  const meant = closestName(name, Object.keys(table));
  return `${name} is not a broker config of Kafka${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** A number among them, for parts that need it before there is metadata. */
export function staticNumber(configs: ConfigMap, name: keyof typeof brokerConfigs & string): number {
  return Number(configs.get(name) ?? brokerConfigs[name].default);
}
