import { VirtualClock } from "@millrace/runtime";
import { SystemClock } from "./system-clock.ts";

const drainTurns = 10;

/**
 * Domain time for embedded nodes, shared by those of a cluster. Between two instants of an advance ten turns of
 * the event loop pass: enough for what is in memory and for a few steps over loopback sockets.
 */
export function createVirtualClock(onError: (error: unknown) => void): VirtualClock {
  return new VirtualClock(new SystemClock(onError), {
    onError,
    drain: async () => {
      for (let turn = 0; turn < drainTurns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    },
  });
}
