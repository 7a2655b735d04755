import { type BrokerEndpoint, startBroker } from "@millrace/broker";
import { type DataDirectory, openDataDirectory, randomUuid } from "@millrace/controller";
import { type Disk, MemoryDisk, type Peer, type Runtime, ServiceTable } from "@millrace/runtime";
import {
  addReflection,
  createHttpEndpoint,
  GrpcServer,
  HealthService,
  machineMemoryBytes,
  NodeDisk,
  type PromMetrics,
  TcpNetwork,
} from "@millrace/runtime-node";
import { checkListeners } from "./check-listeners.ts";
import { openController } from "./controller-role.ts";
import { connectInProcess } from "./in-process-controller.ts";
import { defaultMemoryBudgetBytes } from "./memory-budget.ts";
import { defaultGrpc, defaultHttp, defaultListeners, type NodeOptions } from "./node-options.ts";
import type { NodeParts } from "./node-parts.ts";
import { staticConfigs } from "./static-configs.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a node that serves is known by. */
export interface NodeIdentity {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly kafkaListeners: readonly BrokerEndpoint[];
  readonly grpc: Address;
  readonly http: Address | undefined;
}

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

export async function openDisk({ dataDir }: NodeOptions): Promise<Disk> {
  return dataDir === undefined ? new MemoryDisk() : await NodeDisk.at(dataDir);
}

/** Starts everything in the order of need, and resolves when it serves; `parts` ends it in the opposite order. */
export async function startNode(
  options: NodeOptions,
  ground: NodeGround,
  parts: NodeParts,
): Promise<NodeIdentity> {
  const { disk, runtime, metrics, failed } = ground;
  const configs = staticConfigs(options.configs ?? {});
  const listeners = checkListeners(options.listeners ?? defaultListeners);
  const nodeId = options.nodeId ?? 1;
  const { clusterId, directoryId } = await takeDataDirectory(nodeId, ground, parts);
  const status = { ready: false };
  const http = await startHttp(options, metrics, status, parts);

  const grpcOptions = { ...defaultGrpc, ...options.grpc };
  const endpoint = { host: grpcOptions.host, port: grpcOptions.port };
  const identity = { nodeId, clusterId, directoryId };
  const controller = await parts.add(openController({ ...identity, endpoint, disk, runtime, configs }));
  const peer: Peer = { kind: "role", role: "broker", nodeId, clusterId, address: "in-process" };
  const controllerChannel = connectInProcess(runtime, controller, peer, parts, {
    encode: ground.encodeCalls,
  });

  const services = new ServiceTable();
  controller.addTo(services);
  const grpcAddress = Promise.withResolvers<Address>();
  const starting = startBroker({
    ...identity,
    runtime,
    disk,
    network: new TcpNetwork(),
    controllerChannel,
    router: services,
    incarnationId: randomUuid(runtime.random),
    listeners,
    grpcAddress: grpcAddress.promise,
    rack: options.rack,
    staticConfigs: configs,
    budgetBytes: options.memoryBudgetBytes ?? defaultMemoryBudgetBytes(machineMemoryBytes()),
    failed,
  });
  const health = new HealthService();
  health.addTo(services);
  addReflection(services);
  const listening = GrpcServer.listen({ ...endpoint, services, logger: runtime.logger });
  const [broker, grpc] = await parts.addBoth(starting, listening);
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
    nodeId,
    clusterId,
    kafkaListeners: broker.endpoints,
    grpc: { host: grpc.host, port: grpc.port },
    http: http && { host: http.host, port: http.port },
  };
}

async function takeDataDirectory(
  nodeId: number,
  { disk, runtime }: NodeGround,
  parts: NodeParts,
): Promise<DataDirectory> {
  const directory = await openDataDirectory(disk, { nodeId, random: runtime.random });
  await parts.add(Promise.resolve({ close: () => directory.release() }));
  return directory;
}

async function startHttp(
  { http = defaultHttp }: NodeOptions,
  metrics: PromMetrics,
  status: { readonly ready: boolean },
  parts: NodeParts,
): Promise<Address | undefined> {
  if (http === false) return undefined;
  return await parts.add(
    createHttpEndpoint({
      ...http,
      metrics,
      health: () => undefined,
      ready: () => (status.ready ? undefined : "the node is starting or shutting down"),
    }),
  );
}
