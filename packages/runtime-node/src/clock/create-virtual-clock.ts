import { VirtualClock } from "@millrace/runtime";
import { SystemClock } from "./system-clock.ts";

const drainMs = 2;
const drainTurns = 10;

/**
 * Domain time for embedded nodes, shared by those of a cluster. Between two instants of an advance pass 2 ms, in
 * which disks and loopback sockets answer (an fdatasync took 0.13 ms, a gRPC call 0.1), and ten turns of the event
 * loop for what is done with the answers.
 */
export function createVirtualClock(onError: (error: unknown) => void): VirtualClock {
  return new VirtualClock(new SystemClock(onError), { onError, drain });
}

async function drain(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, drainMs));
  for (let turn = 0; turn < drainTurns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
