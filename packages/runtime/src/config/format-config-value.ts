import type { ConfigDefinition, ConfigValue } from "./config-definition.ts";
import { Secret } from "./secret.ts";

const longMax = "9223372036854775807";
const longMin = "-9223372036854775808";

/** The text of a value as Kafka's tools print it, null for no value. A password stays hidden. */
export function formatConfigValue(definition: ConfigDefinition, value: ConfigValue): string | null {
  if (value === null) return null;
  if (value instanceof Secret) return value.toString();
  if (typeof value === "object") return value.join(",");
  if (typeof value !== "number") return String(value);
  return definition.type === "double" ? formatDouble(value) : formatWhole(value);
}

function formatWhole(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return longMax;
  if (value === Number.NEGATIVE_INFINITY) return longMin;
  return String(value);
}

/** As Java's `Double.toString`: from 10^7 on, and below 10^-3, with an exponent; always with a decimal point. */
function formatDouble(value: number): string {
  const size = Math.abs(value);
  const plain = size === 0 || (size >= 1e-3 && size < 1e7);
  const [digits = "", exponent] = (plain ? String(value) : value.toExponential()).split("e");
  const pointed = digits.includes(".") ? digits : `${digits}.0`;
  return exponent === undefined ? pointed : `${pointed}E${Number(exponent)}`;
}
