import type { Machine } from "../world/machine.ts";

/** A process on a machine of its own, and what can befall it: a node of the quorum, or somebody beside it. */
export interface Companion {
  readonly machine: Machine;
  /** A process is there, though it may be stalled or starting. */
  readonly isUp: boolean;
  start(): void;
  /** The process is killed; the machine goes on. */
  kill(): void;
  cutPower(): void;
  /** As on SIGTERM; nobody is told when it fails meanwhile. */
  stop(onStopped: () => void): void;
}
