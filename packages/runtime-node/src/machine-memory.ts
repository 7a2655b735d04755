import { totalmem } from "node:os";

/** What this process may use at most, in bytes: the container's limit where there is one, else the machine's memory. */
export function machineMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
