import { type Clock, type Runtime, silentLogger } from "@millrace/runtime";
import { createNodeRuntime, PromMetrics, registerProcessMetrics } from "@millrace/runtime-node";
import { FailStopDisk } from "./fail-stop-disk.ts";
import type { NodeOptions, NodeRole } from "./node-options.ts";
import { NodeParts } from "./node-parts.ts";
import type { Address } from "./role.ts";
import { type NodeIdentity, openDisk, startNode } from "./start-node.ts";

/** What an embedding process decides for its nodes, beyond what a configuration says. */
export interface NodeSurroundings {
  /** Makes domain time, which may be shared by the nodes of a cluster. The machine's when left out. */
  readonly domainClock?: (onError: (error: unknown) => void) => Clock;
  /** Whether figures of the process itself are among the metrics. */
  readonly processMetrics: boolean;
  /**
   * Whether calls between roles of this process are encoded and decoded on their way, as over the wire: nothing that is
   * shared by mistake stays hidden then. For tests. Default false.
   */
  readonly encodeCalls?: boolean;
}

/**
 * A node: the roles of one process, which meet over the RPC layer only, with their three kinds of port. It installs no signal handlers and keeps no global state, so that several fit into a process.
 */
export class MillraceNode implements AsyncDisposable {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly roles: readonly NodeRole[];
  /** For people: the absolute data directory, or "memory". */
  readonly storage: string;
  readonly kafkaListeners: NodeIdentity["kafkaListeners"];
  readonly grpc: Address;
  readonly http: Address | undefined;
  /** Its clocks, chance and executor, for clients that are to live on its time. */
  readonly runtime: Runtime;
  /**
   * Rejects when an invariant broke; never resolves. By then nothing is written any more, as after a crash, and the
   * node is closing its ports and connections. The process may go on.
   */
  readonly failed: Promise<never>;
  readonly #parts: NodeParts;
  #hasFailed = false;

  private constructor(identity: NodeIdentity, ground: StartedGround) {
    this.nodeId = identity.nodeId;
    this.clusterId = identity.clusterId;
    this.roles = identity.roles;
    this.storage = ground.disk.description;
    this.kafkaListeners = identity.kafkaListeners;
    this.grpc = identity.grpc;
    this.http = identity.http;
    this.runtime = ground.runtime;
    this.failed = ground.failed;
    this.#parts = ground.parts;
    this.failed.catch(() => {
      this.#hasFailed = true;
    });
  }

  /**
   * Resolves when the node serves. Rejects, leaving nothing behind, with a `DataDirectoryError`, `DiskError` or
   * `NetworkError` that says what to do, or with INVALID_CONFIG.
   */
  static async start(
    options: NodeOptions,
    surroundings: NodeSurroundings = { processMetrics: true },
  ): Promise<MillraceNode> {
    const disk = new FailStopDisk(await openDisk(options));
    const metrics = new PromMetrics();
    const parts = new NodeParts();
    if (surroundings.processMetrics) parts.defer(registerProcessMetrics(metrics));
    const failure = Promise.withResolvers<never>();
    // Whoever embeds a node may look at it later or never.
    failure.promise.catch(() => {});
    const failed = new AbortController();
    const runtime = nodeRuntime(options, surroundings, metrics, (error) => {
      disk.stop(error);
      failed.abort(error);
      failure.reject(error);
    });
    try {
      const { encodeCalls } = surroundings;
      const starting = startNode(
        options,
        { disk, runtime, metrics, failed: failed.signal, encodeCalls },
        parts,
      );
      const identity = await Promise.race([starting, failure.promise]);
      const ground = { disk, runtime, parts, failed: failure.promise };
      const node = new MillraceNode(identity, ground);
      node.failed.catch(() => node.close());
      return node;
    } catch (error) {
      await parts.close();
      throw error;
    }
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /**
   * Hands over what it leads, flushes and closes; calls after the first wait for the same. A failed node closes without
   * handing over or writing anything, and whatever of it cannot close in order is only logged.
   */
  async close(): Promise<void> {
    try {
      await this.#parts.close();
    } catch (error) {
      if (!this.#hasFailed) throw error;
      this.runtime.logger.error({ error }, "a part of the failed node did not close in order");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

interface StartedGround {
  readonly disk: FailStopDisk;
  readonly runtime: Runtime;
  readonly parts: NodeParts;
  readonly failed: Promise<never>;
}

function nodeRuntime(
  { logger = silentLogger }: NodeOptions,
  { domainClock }: NodeSurroundings,
  metrics: PromMetrics,
  onFail: (error: unknown) => void,
): Runtime {
  // The domain clock wants to report to the runtime that is made of it.
  const runtime: Runtime = createNodeRuntime({
    logger,
    metrics,
    onFail,
    ...(domainClock !== undefined && { domainClock: domainClock((error) => runtime.fail(error)) }),
  });
  return runtime;
}
