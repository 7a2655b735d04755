import { ApiError } from "@millrace/runtime";
import type { ListenerOptions } from "./node-options.ts";

/** Clients are answered with addresses of the listener that they came through, by its name. Throws INVALID_CONFIG. */
export function checkListeners(listeners: readonly ListenerOptions[]): readonly ListenerOptions[] {
  if (listeners.length === 0) throw new ApiError("INVALID_CONFIG", { detail: "a broker needs a listener" });
  const names = new Set<string>();
  for (const { name } of listeners) {
    if (names.has(name)) {
      throw new ApiError("INVALID_CONFIG", {
        detail: `two listeners are named ${name}: give each its own name`,
      });
    }
    names.add(name);
  }
  return listeners;
}
