import { ApiError } from "@millrace/runtime";
import { type ConfigMap, type ConfigResource, configResourceTypes } from "../image/config-resource.ts";
import { checkConfigValue, parseConfigBoolean, parseConfigList } from "./check-config-value.ts";
import { checkGroupConfigs } from "./check-group-configs.ts";
import { parseConfigNumber } from "./config-number.ts";
import { configTables } from "./effective-configs.ts";

/** Of one value, as in Kafka. */
const VALUE_BYTES_MAX = 32_767;

/**
 * Checks all that would then be set for a resource, name by name and together. Throws INVALID_CONFIG, and for a value
 * of a broker INVALID_REQUEST as Kafka does (KAFKA-13609 tells why it stayed so).
 */
export function checkConfigs(resource: ConfigResource, configs: ConfigMap): void {
  const table = configTables[resource.type] ?? {};
  for (const [name, value] of configs) {
    const config = Object.hasOwn(table, name) ? table[name] : undefined;
    if (config === undefined) {
      throw invalid(`Unknown ${kindOf(resource)} config name: ${name}`);
    }
    if (Buffer.byteLength(value) > VALUE_BYTES_MAX) {
      throw invalid(
        `The configuration value cannot be added because it exceeds the maximum value size of ${VALUE_BYTES_MAX} bytes.`,
      );
    }
    const reason = checkConfigValue(name, config, value);
    if (reason === undefined) continue;
    throw resource.type === configResourceTypes.broker
      ? new ApiError("INVALID_REQUEST", { detail: reason })
      : invalid(reason);
  }
  if (resource.type === configResourceTypes.topic) checkTopicConfigs(configs);
  if (resource.type === configResourceTypes.group) checkGroupConfigs(configs);
  if (resource.type === configResourceTypes.clientMetrics) checkClientMetrics(configs);
}

function kindOf({ type }: ConfigResource): string {
  switch (type) {
    case configResourceTypes.topic:
      return "topic";
    case configResourceTypes.broker:
      return "broker";
    case configResourceTypes.group:
      return "group";
    case configResourceTypes.clientMetrics:
      return "client metrics";
  }
}

function checkTopicConfigs(configs: ConfigMap): void {
  const [lower, upper] = ["min.compaction.lag.ms", "max.compaction.lag.ms"] as const;
  const min = parseConfigNumber("long", configs.get(lower) ?? "0")!;
  const max = parseConfigNumber("long", configs.get(upper) ?? String(Number.MAX_SAFE_INTEGER))!;
  if (min > max) throw invalid(`conflict topic config setting ${lower} (${min}) > ${upper} (${max})`);
  if (parseConfigBoolean(configs.get("remote.storage.enable") ?? "false")) {
    throw invalid(
      "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.",
    );
  }
}

const clientMatchers = new Set([
  "client_instance_id",
  "client_id",
  "client_software_name",
  "client_software_version",
  "client_source_address",
  "client_source_port",
]);

/** Each entry of `match` is a name of the above, "=", and a regular expression (KIP-714). */
function checkClientMetrics(configs: ConfigMap): void {
  if (parseConfigList(configs.get("metrics") ?? "").includes("")) {
    throw invalid("Configuration 'metrics' values must not be empty.");
  }
  for (const pattern of parseConfigList(configs.get("match") ?? "")) {
    const [name, expression, ...others] = pattern.split("=").map((part) => part.trim());
    const valid =
      clientMatchers.has(name ?? "") &&
      expression !== undefined &&
      others.length === 0 &&
      isExpression(expression);
    if (!valid) throw invalid(`Illegal client matching pattern: ${pattern}`);
  }
}

/** Compiled only: it is never run as a regular expression of JavaScript. */
function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return text !== "";
  } catch {
    return false;
  }
}

function invalid(detail: string): ApiError {
  return new ApiError("INVALID_CONFIG", { detail });
}
