import type { Clocks } from "./clock/clock.ts";
import type { Executor } from "./executor.ts";
import type { Logger } from "./observe/logger.ts";
import type { MetricsRegistry } from "./observe/metrics.ts";
import type { Tracer } from "./observe/tracer.ts";
import type { Random } from "./random.ts";

/**
 * All that a node may touch of the world besides its disk and its peers, which are handed to the parts that
 * need them. Real in `@millrace/runtime-node`, simulated in this package.
 */
export interface Runtime {
  readonly clocks: Clocks;
  readonly random: Random;
  readonly executor: Executor;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  readonly tracer: Tracer;
  /**
   * An invariant of ours broke: the node must end. Embedded nodes reject `cluster.failed`, a process of our own
   * exits. Never throws.
   */
  fail(error: unknown): void;
}
