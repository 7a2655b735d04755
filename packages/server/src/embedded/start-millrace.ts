import { connect, type MillraceClient, type NewTopic } from "@millrace/client";
import type { Logger, VirtualClock } from "@millrace/runtime";
import { createVirtualClock } from "@millrace/runtime-node";
import { MillraceNode } from "../node/millrace-node.ts";
import type { NodeOptions } from "../node/node-options.ts";

export interface StartMillraceOptions {
  /** Kept between runs. Left out: in memory, gone with the process. */
  readonly dataDir?: string;
  /** Made before the promise resolves, unless they are there already. */
  readonly topics?: readonly (NewTopic | string)[];
  /** Broker configs by Kafka's names. */
  readonly configs?: Readonly<Record<string, string>>;
  /** Domain time stands apart from the machine's: it starts at now, runs with it, and `advance` moves it on. */
  readonly virtualTime?: boolean;
  /** Any free port when left out, as are the two below. */
  readonly kafkaPort?: number;
  readonly grpcPort?: number;
  /** false: none. */
  readonly httpPort?: number | false;
  /** 64 MiB when left out: tests run several at once. */
  readonly memoryBudgetBytes?: number;
  /** Nothing is logged when left out. */
  readonly logger?: Logger;
}

const host = "127.0.0.1";
const MEMORY_BUDGET_BYTES = 64 * 1024 * 1024;

/**
 * Runs a real node in this process, on real ports of the loopback interface: what any Kafka client connects to.
 *
 *     await using cluster = await startMillrace({ topics: ["orders"] });
 *     const kafka = new Kafka({ brokers: [cluster.bootstrap] });
 */
export async function startMillrace(options: StartMillraceOptions = {}): Promise<MillraceCluster> {
  let clock: VirtualClock | undefined;
  const node = await MillraceNode.start(nodeOptions(options), {
    processMetrics: false,
    ...(options.virtualTime === true && {
      domainClock: (onError) => {
        clock = createVirtualClock(onError);
        return clock;
      },
    }),
  });
  const cluster = new MillraceCluster(node, clock);
  try {
    await cluster.createTopics(options.topics ?? []);
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

function nodeOptions(options: StartMillraceOptions): NodeOptions {
  const { dataDir, configs, logger, httpPort = 0 } = options;
  return {
    ...(dataDir !== undefined && { dataDir }),
    ...(configs !== undefined && { configs }),
    ...(logger !== undefined && { logger }),
    listeners: [{ name: "PLAINTEXT", host, port: options.kafkaPort ?? 0 }],
    grpc: { host, port: options.grpcPort ?? 0 },
    http: httpPort !== false && { host, port: httpPort },
    memoryBudgetBytes: options.memoryBudgetBytes ?? MEMORY_BUDGET_BYTES,
  };
}

/** A cluster that lives in this process. */
export class MillraceCluster implements AsyncDisposable {
  readonly #node: MillraceNode;
  readonly #clock: VirtualClock | undefined;
  readonly #clients = new Set<MillraceClient>();
  #closing: Promise<void> | undefined;

  /** @internal `startMillrace` makes them. */
  constructor(node: MillraceNode, clock: VirtualClock | undefined) {
    this.#node = node;
    this.#clock = clock;
  }

  /** `host:port` for Kafka clients' `bootstrap.servers`. */
  get bootstrap(): string {
    const [listener] = this.#node.kafkaListeners;
    return listener === undefined ? "" : `${listener.host}:${listener.port}`;
  }

  /** `host:port` of gRPC: services, health, reflection. */
  get grpc(): string {
    return `${this.#node.grpc.host}:${this.#node.grpc.port}`;
  }

  /** `http://host:port` of /metrics, /healthz and /readyz; undefined without. */
  get http(): string | undefined {
    const address = this.#node.http;
    return address && `http://${address.host}:${address.port}`;
  }

  get clusterId(): string {
    return this.#node.clusterId;
  }

  /**
   * Rejects when an invariant of the node broke; never resolves. The node then closes its ports without writing
   * anything more, so that a `dataDir` is as after a crash; the process goes on.
   */
  get failed(): Promise<never> {
    return this.#node.failed;
  }

  /** Our own client, on the cluster's time; closed with the cluster. */
  client(): MillraceClient {
    const client = connect({ broker: this.grpc, runtime: this.#node.runtime });
    this.#clients.add(client);
    return client;
  }

  /** Topics that exist already stay as they are. */
  async createTopics(topics: readonly (NewTopic | string)[]): Promise<void> {
    if (topics.length === 0) return;
    await using client = connect({ broker: this.grpc, runtime: this.#node.runtime });
    const existing = new Set((await client.admin.listTopics()).map(({ name }) => name));
    const wanted = topics.map((topic) => (typeof topic === "string" ? { name: topic } : topic));
    const missing = wanted.filter(({ name }) => !existing.has(name));
    if (missing.length > 0) await client.admin.createTopics(missing);
  }

  /**
   * Moves domain time on, timer by timer, and lets what falls due happen in between: retention, timestamps. Liveness
   * (long polls, request timeouts) stays real. Throws without `virtualTime`.
   */
  async advance(ms: number): Promise<void> {
    await this.#virtualClock().advance(ms);
  }

  /** Domain time stands until `resume` or `advance`. Throws without `virtualTime`. */
  pause(): void {
    this.#virtualClock().pause();
  }

  resume(): void {
    this.#virtualClock().resume();
  }

  /** Ends clients and node; nothing is left behind but a `dataDir`. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    // There is nobody left to flush to after a failure.
    const options = this.#node.hasFailed ? { timeoutMs: 0 } : {};
    await Promise.allSettled([...this.#clients].map((client) => client.close(options)));
    await this.#node.close();
  }

  #virtualClock(): VirtualClock {
    if (this.#clock === undefined)
      throw new Error("start the cluster with { virtualTime: true } to move its time");
    return this.#clock;
  }
}
