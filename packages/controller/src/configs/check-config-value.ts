import { assert } from "@millrace/runtime";
import { parseConfigNumber } from "./config-number.ts";
import type { KafkaConfig } from "./kafka-config.ts";

/**
 * Why a value may not be set, in the words of Apache Kafka 4.3 where it has some; undefined when it may. As strict
 * as Kafka's ConfigDef: `fixtures/` holds what that says to 1,298 values.
 */
export function checkConfigValue(name: string, config: KafkaConfig, text: string): string | undefined {
  const invalid = (value: string, reason: string): string =>
    `Invalid value ${value} for configuration ${name}: ${reason}`;
  switch (config.type) {
    case "boolean":
      return parseConfigBoolean(text) === undefined
        ? invalid(text, "Expected value to be either true or false")
        : undefined;
    case "short":
    case "int":
    case "long":
    case "double": {
      const value = parseConfigNumber(config.type, text);
      if (value === undefined) return invalid(text, `Not a number of type ${config.type.toUpperCase()}`);
      const reason = outOfRange(config, value);
      return reason === undefined ? undefined : invalid(asJavaPrints(config, value, text), reason);
    }
    case "list": {
      const items = parseConfigList(text);
      return checkList(name, config, items, invalid);
    }
    case "string":
    case "class":
    case "password":
      return checkString(name, config, text.trim(), invalid);
  }
}

/** The members of a list: separated by commas, with spaces around them or not; none in an empty text. */
export function parseConfigList(text: string): readonly string[] {
  const trimmed = text.trim();
  return trimmed === "" ? [] : trimmed.split(/\s*,\s*/);
}

export function parseConfigBoolean(text: string): boolean | undefined {
  const lower = text.trim().toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : undefined;
}

/** Without the sign, zeros and spaces that it was written with, but with all digits of a long. */
function asJavaPrints(config: KafkaConfig, value: number, text: string): string {
  return config.type === "double" ? String(value) : String(BigInt(text.trim().replace(/^\+/, "")));
}

function outOfRange(config: KafkaConfig, value: number): string | undefined {
  const { min, max, besides } = config;
  if (value === besides) return undefined;
  if (besides !== undefined && min !== undefined && max !== undefined) {
    return value < min || value > max
      ? `Value must be between ${min} and ${max} or equal to ${besides}`
      : undefined;
  }
  if (min !== undefined && value < min) return `Value must be at least ${min}`;
  if (max !== undefined && value > max) return `Value must be no more than ${max}`;
  return undefined;
}

type Invalid = (value: string, reason: string) => string;

function checkList(
  name: string,
  config: KafkaConfig,
  items: readonly string[],
  invalid: Invalid,
): string | undefined {
  if (config.nonEmpty && items.length === 0) return `Configuration '${name}' must not be empty.`;
  if (config.check === "throttledReplicas") {
    const valid = (items.length === 1 && items[0] === "*") || items.every((item) => /^\d+:\d+$/.test(item));
    return valid
      ? undefined
      : invalid(
          `[${items.join(", ")}]`,
          `${name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...`,
        );
  }
  if (config.values === undefined) return undefined;
  if (items.includes("")) return `Configuration '${name}' values must not be empty.`;
  for (const item of items) {
    if (!config.values.includes(item))
      return invalid(item, `String must be one of: ${config.values.join(", ")}`);
  }
  return undefined;
}

function checkString(name: string, config: KafkaConfig, value: string, invalid: Invalid): string | undefined {
  if (config.nonEmpty && value === "") return invalid(value, "String must be non-empty");
  if (config.check === "shareOffsetReset") {
    return isShareOffsetReset(value)
      ? undefined
      : invalid(
          value,
          `Invalid value \`${value}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.`,
        );
  }
  assert(config.check === undefined, "a config of type string has a check for lists");
  if (config.values === undefined) return undefined;
  const known = config.ignoreCase
    ? config.values.some((one) => one.toLowerCase() === value.toLowerCase())
    : config.values.includes(value);
  if (known) return undefined;
  return invalid(
    value,
    `String must be one of${config.ignoreCase ? " (case insensitive)" : ""}: ${config.values.join(", ")}`,
  );
}

/** The words in lower case, the duration (ISO 8601, as Java reads it, not negative) in either. */
function isShareOffsetReset(value: string): boolean {
  if (value === "latest" || value === "earliest") return true;
  const [, duration] = /^by_duration:(.*)$/.exec(value) ?? [];
  return duration !== undefined && /^P(?=.)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/i.test(duration);
}
