import type { Clocks } from "./clock/clock.ts";
import { SimulatedClock } from "./clock/simulated-clock.ts";
import type { Executor } from "./executor.ts";
import { InlineExecutor } from "./inline-executor.ts";
import { type Logger, silentLogger } from "./observe/logger.ts";
import { type MetricsRegistry, noMetrics } from "./observe/metrics.ts";
import { noTracer } from "./observe/tracer.ts";
import type { Runtime } from "./runtime.ts";
import { SeededRandom } from "./seeded-random.ts";

export interface SimulatedRuntimeOptions {
  readonly seed?: number | string;
  /** Both times of the node; several nodes may share one. */
  readonly clock?: SimulatedClock;
  readonly executor?: Executor;
  readonly logger?: Logger;
  readonly metrics?: MetricsRegistry;
}

export interface SimulatedRuntime extends Runtime {
  readonly clock: SimulatedClock;
  readonly random: SeededRandom;
  /** What was passed to `fail`. */
  readonly failures: readonly unknown[];
}

/** A runtime without a world: time moves by hand, chance comes from the seed (0), nothing is logged or measured. */
export function createSimulatedRuntime(options: SimulatedRuntimeOptions = {}): SimulatedRuntime {
  const clock = options.clock ?? new SimulatedClock();
  const clocks: Clocks = { liveness: clock, domain: clock };
  const failures: unknown[] = [];
  return {
    clock,
    clocks,
    random: new SeededRandom(options.seed ?? 0),
    executor: options.executor ?? new InlineExecutor(),
    logger: options.logger ?? silentLogger,
    metrics: options.metrics ?? noMetrics,
    tracer: noTracer,
    failures,
    fail: (error) => {
      failures.push(error);
    },
  };
}
