import type { Disk, Runtime } from "@millrace/runtime";
import type { PromMetrics } from "@millrace/runtime-node";

/** What the parts of a node stand on. */
export interface NodeGround {
  readonly disk: Disk;
  readonly runtime: Runtime;
  readonly metrics: PromMetrics;
  /** Aborted when the node has failed. */
  readonly failed: AbortSignal;
  /** As in `NodeSurroundings`. */
  readonly encodeCalls?: boolean | undefined;
}
