import { type Random, randomBelow } from "@millrace/runtime";
import type { DecideEnv } from "./decision.ts";

export function createDecideEnv(
  at: { readonly nowMs: number; readonly baseOffset: number; readonly epoch: number },
  random: Random,
): DecideEnv {
  return {
    ...at,
    newUuid: () => uuidV4(random),
    randomBelow: (limit) => randomBelow(random, limit),
  };
}

/** RFC 9562, version 4. */
function uuidV4(random: Random): string {
  const bytes = Buffer.alloc(16);
  random.fill(bytes);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
