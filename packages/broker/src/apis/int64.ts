import type { Int64 } from "@millrace/kafka-protocol";

/** What a client sent, as a number that keeps its meaning: nothing here reaches beyond 2^53. */
export function clamped(value: Int64): number {
  if (typeof value === "number") return value;
  return value < 0n ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
}
