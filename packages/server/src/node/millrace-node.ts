import { type BrokerEndpoint, startBroker } from "@millrace/broker";
import { type DataDirectory, openDataDirectory, randomUuid } from "@millrace/controller";
import {
  type Clock,
  type Disk,
  InProcessNetwork,
  type Logger,
  MemoryDisk,
  type Peer,
  type RpcChannel,
  type Runtime,
  ServiceTable,
  silentLogger,
} from "@millrace/runtime";
import {
  addReflection,
  createHttpEndpoint,
  createNodeRuntime,
  GrpcServer,
  HealthService,
  machineMemoryBytes,
  NodeDisk,
  PromMetrics,
  registerProcessMetrics,
  TcpNetwork,
} from "@millrace/runtime-node";
import { openController } from "./controller-role.ts";
import { defaultMemoryBudgetBytes } from "./memory-budget.ts";
import { defaultGrpc, defaultHttp, defaultListeners, type NodeOptions } from "./node-options.ts";
import { staticConfigs, staticNumber } from "./static-configs.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What an embedding process decides for its nodes, beyond what a configuration says. */
export interface NodeSurroundings {
  /** Domain time, shared by the nodes of a cluster. The machine's when left out. */
  readonly domainClock?: Clock;
  /** Whether figures of the process itself are among the metrics. */
  readonly processMetrics: boolean;
}

/**
 * A combined node: the controller of its own quorum and a broker, which meet over the RPC layer only, with their three
 * kinds of port. It installs no signal handlers and keeps no global state, so that several fit into a process.
 */
export class MillraceNode implements AsyncDisposable {
  readonly nodeId: number;
  readonly clusterId: string;
  /** For people: the absolute data directory, or "memory". */
  readonly storage: string;
  readonly kafkaListeners: readonly BrokerEndpoint[];
  readonly grpc: Address;
  readonly http: Address | undefined;
  /** Rejects when an invariant broke and the node must not go on; never resolves. */
  readonly failed: Promise<never>;
  readonly #runtime: Runtime;
  readonly #parts: AsyncDisposableStack;
  #closing: Promise<void> | undefined;

  private constructor(running: RunningParts) {
    this.nodeId = running.dataDirectory.nodeId;
    this.clusterId = running.dataDirectory.clusterId;
    this.storage = running.disk.description;
    this.kafkaListeners = running.kafkaListeners;
    this.grpc = running.grpc;
    this.http = running.http;
    this.failed = running.failed;
    this.#runtime = running.runtime;
    this.#parts = running.parts;
  }

  /**
   * Resolves when the node serves. Rejects, leaving nothing behind, with a `DataDirectoryError`, `DiskError` or
   * `NetworkError` that says what to do, or with INVALID_CONFIG.
   */
  static async start(
    options: NodeOptions,
    surroundings: NodeSurroundings = { processMetrics: true },
  ): Promise<MillraceNode> {
    await using parts = new AsyncDisposableStack();
    const running = await startParts(options, surroundings, parts);
    return new MillraceNode({ ...running, parts: parts.move() });
  }

  get runtime(): Runtime {
    return this.#runtime;
  }

  /** Hands over what it leads, flushes and closes; calls after the first wait for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#parts.disposeAsync();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

interface RunningParts {
  readonly dataDirectory: DataDirectory;
  readonly disk: Disk;
  readonly kafkaListeners: readonly BrokerEndpoint[];
  readonly grpc: Address;
  readonly http: Address | undefined;
  readonly failed: Promise<never>;
  readonly runtime: Runtime;
  readonly parts: AsyncDisposableStack;
}

/** Starts everything in the order of need; `parts` ends it in the opposite one. */
async function startParts(
  options: NodeOptions,
  surroundings: NodeSurroundings,
  parts: AsyncDisposableStack,
): Promise<Omit<RunningParts, "parts">> {
  const configs = staticConfigs(options.configs ?? {});
  const logger = options.logger ?? silentLogger;
  const metrics = new PromMetrics();
  if (surroundings.processMetrics) parts.defer(registerProcessMetrics(metrics));
  const { runtime, failed } = nodeRuntime(logger, metrics, surroundings);

  const disk = options.dataDir === undefined ? new MemoryDisk() : await NodeDisk.at(options.dataDir);
  const nodeId = options.nodeId ?? 1;
  const dataDirectory = await openDataDirectory(disk, { nodeId, random: runtime.random });
  parts.defer(() => dataDirectory.release());

  const status = { ready: false };
  const httpOptions = options.http ?? defaultHttp;
  const http = httpOptions === false ? undefined : await startHttp(httpOptions, metrics, status);
  if (http !== undefined) parts.defer(() => http.close());

  const grpcOptions = { ...defaultGrpc, ...options.grpc };
  const { clusterId, directoryId } = dataDirectory;
  const controller = await openController({
    nodeId,
    clusterId,
    directoryId,
    endpoint: { host: grpcOptions.host, port: grpcOptions.port },
    disk,
    runtime,
    topicDefaults: {
      partitions: staticNumber(configs, "num.partitions"),
      replicationFactor: staticNumber(configs, "default.replication.factor"),
    },
  });
  parts.defer(() => controller.close());

  const inside = new ServiceTable();
  controller.addTo(inside);
  const peer: Peer = { kind: "role", role: "broker", nodeId, clusterId, address: "in-process" };
  const controllerChannel = connectInProcess(runtime, inside, peer, parts);

  const services = new ServiceTable();
  controller.addTo(services);
  const grpcAddress = Promise.withResolvers<Address>();
  const starting = startBroker({
    runtime,
    disk,
    network: new TcpNetwork(),
    controllerChannel,
    router: services,
    nodeId,
    clusterId,
    directoryId,
    incarnationId: randomUuid(runtime.random),
    listeners: options.listeners ?? defaultListeners,
    grpcAddress: grpcAddress.promise,
    rack: options.rack,
    staticConfigs: configs,
    budgetBytes: options.memoryBudgetBytes ?? defaultMemoryBudgetBytes(machineMemoryBytes()),
  });
  const health = new HealthService();
  health.addTo(services);
  addReflection(services);
  const [broker, grpc] = await both(
    starting,
    GrpcServer.listen({ host: grpcOptions.host, port: grpcOptions.port, services, logger }),
    parts,
  );
  grpcAddress.resolve({ host: grpcOptions.advertisedHost ?? grpc.host, port: grpc.port });
  await broker.ready;

  status.ready = true;
  health.setAll(true);
  // First of all to end: nobody is sent here any more while the rest shuts down.
  parts.defer(() => {
    status.ready = false;
    health.setAll(false);
  });
  return {
    dataDirectory,
    disk,
    kafkaListeners: broker.endpoints,
    grpc: { host: grpc.host, port: grpc.port },
    http: http && { host: http.host, port: http.port },
    failed,
    runtime,
  };
}

function nodeRuntime(
  logger: Logger,
  metrics: PromMetrics,
  { domainClock }: NodeSurroundings,
): { readonly runtime: Runtime; readonly failed: Promise<never> } {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  // Whoever embeds a node may look at it later or never.
  failed.catch(() => {});
  const runtime = createNodeRuntime({
    logger,
    metrics,
    ...(domainClock !== undefined && { domainClock }),
    onFail: reject,
  });
  return { runtime, failed };
}

function startHttp(address: Address, metrics: PromMetrics, status: { readonly ready: boolean }) {
  return createHttpEndpoint({
    ...address,
    metrics,
    health: () => undefined,
    ready: () => (status.ready ? undefined : "the node is starting or shutting down"),
  });
}

/** The channel over which a role of this process reaches another one. */
function connectInProcess(
  runtime: Runtime,
  services: ServiceTable,
  peer: Peer,
  parts: AsyncDisposableStack,
): RpcChannel {
  const network = new InProcessNetwork({
    clock: runtime.clocks.liveness,
    afterTurn: (run) => runtime.executor.afterTurn(run),
  });
  const address = "controller";
  const listener = network.listen(address, services, { logger: runtime.logger });
  parts.defer(() => listener.close());
  const channel = network.connect(address, { peer });
  parts.defer(() => channel.close());
  return channel;
}

interface Closable {
  close(): Promise<void>;
}

/** Waits for both, and sees to it that each is closed however the other fares. */
async function both<A extends Closable, B extends Closable>(
  first: Promise<A>,
  second: Promise<B>,
  parts: AsyncDisposableStack,
): Promise<[A, B]> {
  const outcomes = await Promise.allSettled([first, second]);
  for (const outcome of outcomes.toReversed()) {
    if (outcome.status === "fulfilled") parts.defer(() => outcome.value.close());
  }
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
  return [await first, await second];
}
