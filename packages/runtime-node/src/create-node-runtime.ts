import {
  type Clock,
  type Logger,
  type MetricsRegistry,
  noMetrics,
  noTracer,
  type Runtime,
  silentLogger,
  type Tracer,
} from "@millrace/runtime";
import { SystemClock } from "./clock/system-clock.ts";
import { CryptoRandom } from "./crypto-random.ts";
import { NodeExecutor } from "./node-executor.ts";

export interface NodeRuntimeOptions {
  readonly logger?: Logger;
  readonly metrics?: MetricsRegistry;
  readonly tracer?: Tracer;
  /** Domain time, when it is not to be the machine's (`createVirtualClock`). */
  readonly domainClock?: Clock;
  /** Whether a timer keeps the process alive: for clients, not for nodes. */
  readonly timersKeepProcessAlive?: boolean;
  /**
   * An invariant broke, or a callback of a timer or of `afterTurn` threw: the node must end. Called once, for the
   * first of them; the others are logged only.
   */
  readonly onFail: (error: unknown) => void;
}

/** What a node runs on in a real process. It holds no resources: there is nothing to close. */
export function createNodeRuntime(options: NodeRuntimeOptions): Runtime {
  const logger = options.logger ?? silentLogger;
  let failed = false;
  const fail = (error: unknown): void => {
    logger.error({ error }, "the node fails");
    if (failed) return;
    failed = true;
    try {
      options.onFail(error);
    } catch (thrown) {
      logger.error({ error: thrown }, "the failure could not be handled");
    }
  };
  const liveness = new SystemClock(fail, { keepsProcessAlive: options.timersKeepProcessAlive ?? false });
  return {
    clocks: { liveness, domain: options.domainClock ?? liveness },
    random: new CryptoRandom(),
    executor: new NodeExecutor(fail),
    logger,
    metrics: options.metrics ?? noMetrics,
    tracer: options.tracer ?? noTracer,
    fail,
  };
}
