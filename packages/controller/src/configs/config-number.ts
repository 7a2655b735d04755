const whole = /^[+-]?\d+$/;
const decimal = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/;

const bounds = {
  short: { min: -(2n ** 15n), max: 2n ** 15n - 1n },
  int: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  long: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
} as const;

/**
 * Reads a number as Java does (Integer.parseInt, Long.parseLong, Double.parseDouble, after trimming); undefined when
 * it is none or outside of its type. A long beyond 2^53 - 1 becomes just that: nobody waits or stores for longer.
 */
export function parseConfigNumber(
  type: "short" | "int" | "long" | "double",
  text: string,
): number | undefined {
  const trimmed = text.trim();
  if (type === "double") {
    return decimal.test(trimmed) ? Number(trimmed.replace(/(?<!Infinit)[fFdD]$/, "")) : undefined;
  }
  if (!whole.test(trimmed) || trimmed.length > 64) return undefined;
  const value = BigInt(trimmed.replace(/^\+/, ""));
  if (value < bounds[type].min || value > bounds[type].max) return undefined;
  return Math.min(Math.max(Number(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}
