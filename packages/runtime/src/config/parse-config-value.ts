import { ApiError } from "../errors/api-error.ts";
import type {
  ConfigDefinition,
  ConfigValue,
  ConfigValueOf,
  ListDefinition,
  NumberDefinition,
  TextDefinition,
} from "./config-definition.ts";
import { Secret } from "./secret.ts";

/**
 * The value that `text` stands for. Refuses with INVALID_CONFIG, the detail saying what is wrong with it. Reads as
 * Kafka does: blanks around a value and around the items of a list do not count, nor does case in a boolean.
 */
export function parseConfigValue<const D extends ConfigDefinition>(
  definition: D,
  text: string,
): ConfigValueOf<D> {
  const value = parse(definition, text.trim());
  const problem = (definition.check as ((value: ConfigValue) => string | undefined) | undefined)?.(value);
  if (problem !== undefined) refuse(problem);
  return value as ConfigValueOf<D>;
}

function parse(definition: ConfigDefinition, text: string): ConfigValue {
  switch (definition.type) {
    case "boolean":
      return parseBoolean(text);
    case "short":
    case "int":
    case "long":
    case "double":
      return within(definition, parseNumber(definition.type, text), text);
    case "list":
      return parseList(definition, text);
    case "password":
      return new Secret(text);
    case "string":
    case "class":
      return parseText(definition, text);
  }
}

function parseBoolean(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower !== "true" && lower !== "false") refuse(`'${text}' is neither true nor false`);
  return lower === "true";
}

const bits = { short: 16, int: 32, long: 64 } as const;

function parseNumber(type: NumberDefinition["type"], text: string): number {
  if (type === "double") {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) refuse(`'${text}' is not a number`);
    return value;
  }
  if (!/^[+-]?\d{1,19}$/.test(text)) refuse(`'${text}' is not a whole number`);
  const exact = BigInt(text.replace("+", ""));
  if (BigInt.asIntN(bits[type], exact) !== exact) refuse(`${text} does not fit in ${bits[type]} bits`);
  const value = Number(exact);
  if (Number.isSafeInteger(value)) return value;
  return value > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

function within({ min, max, also }: NumberDefinition, value: number, text: string): number {
  if (also?.includes(value)) return value;
  if (min !== undefined && value < min) refuse(`${text} is below the minimum, ${min}`);
  if (max !== undefined && value > max) refuse(`${text} is above the maximum, ${max}`);
  return value;
}

function parseText({ valid, ignoreCase }: TextDefinition, text: string): string {
  if (valid === undefined) return text;
  const same = (one: string): boolean =>
    one === text || (ignoreCase === true && one.toLowerCase() === text.toLowerCase());
  return valid.find(same) ?? refuse(`'${text}' is not one of ${valid.join(", ")}`);
}

function parseList({ valid, itemsMin = 0 }: ListDefinition, text: string): readonly string[] {
  const items = text === "" ? [] : text.split(",").map((item) => item.trim());
  const wrong = items.find((item) => valid !== undefined && !valid.includes(item));
  if (wrong !== undefined) refuse(`'${wrong}' is not one of ${valid?.join(", ")}`);
  if (items.length < itemsMin) refuse(itemsMin === 1 ? "the list is empty" : `fewer than ${itemsMin} items`);
  return items;
}

function refuse(detail: string): never {
  throw new ApiError("INVALID_CONFIG", { detail });
}
