import { type BrokerEndpoint, serveQuorumAdmin } from "@millrace/broker";
import { type Disk, MemoryDisk, ServiceTable } from "@millrace/runtime";
import { addReflection, GrpcServer, HealthService, NodeDisk } from "@millrace/runtime-node";
import { awaitWelcome, isNewcomer } from "./await-welcome.ts";
import { startBrokerRole } from "./broker-role.ts";
import { checkNodeOptions } from "./check-node-options.ts";
import { reachOf } from "./connect-controller.ts";
import { controllerChannels } from "./controller-channels.ts";
import { openController } from "./controller-role.ts";
import { startCoordinatorRole } from "./coordinator-role.ts";
import { serveInProcess } from "./in-process-controller.ts";
import type { NodeGround } from "./node-ground.ts";
import { type NodeOptions, type NodeRole, nodeRoles } from "./node-options.ts";
import type { NodeParts } from "./node-parts.ts";
import type { Address, RoleGround } from "./role.ts";
import { startHttp } from "./start-http.ts";
import { takeDataDirectory } from "./take-data-directory.ts";

/** What a node that serves is known by. */
export interface NodeIdentity {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly roles: readonly NodeRole[];
  readonly kafkaListeners: readonly BrokerEndpoint[];
  readonly grpc: Address;
  readonly http: Address | undefined;
}

export async function openDisk({ dataDir }: NodeOptions): Promise<Disk> {
  return dataDir === undefined ? new MemoryDisk() : await NodeDisk.at(dataDir);
}

/** Starts everything in the order of need, and resolves when it serves; `parts` ends it in the opposite order. */
export async function startNode(
  given: NodeOptions,
  ground: NodeGround,
  parts: NodeParts,
): Promise<NodeIdentity> {
  const options = checkNodeOptions(given);
  const { nodeId, roles } = options;
  const { runtime, metrics, disk, failed } = ground;
  const { host, port, advertisedHost = host } = options.grpc;
  const endpoint = { host: advertisedHost, port };
  const reach = reachOf(options, endpoint, runtime);
  const status = { ready: false };
  const openHttp = (): Promise<Address | undefined> => startHttp(options, metrics, status, parts);
  let http: Address | undefined;
  if (await isNewcomer(options, disk, reach)) {
    http = await openHttp(); // it may take a while
    await awaitWelcome(options, ground, reach);
  }
  const { clusterId, directoryId } = await takeDataDirectory(options, ground, parts);
  http ??= await openHttp();

  const services = new ServiceTable();
  const grpcAddress = Promise.withResolvers<Address>();
  const role: RoleGround = {
    options,
    nodeId,
    clusterId,
    directoryId,
    disk,
    runtime,
    services,
    grpcAddress: grpcAddress.promise,
    failed,
  };
  const { initialControllers, configs } = options;
  const controller = roles.has("controller")
    ? await parts.add(
        openController({
          ...role,
          endpoint,
          contacts: options.controllers,
          reach,
          initialControllers,
          configs,
        }),
      )
    : undefined;
  // It elects itself as soon as its vote is on disk; the others would otherwise ask too early and back off.
  if (controller?.isAlone) await controller.ready;
  const local = controller && {
    address: endpoint,
    connect: serveInProcess(runtime, controller.controller, parts, { encode: ground.encodeCalls }),
  };
  const addresses = options.controllers;
  const controllers = controllerChannels(
    { nodeId, clusterId, addresses, reach, ...(local && { local }) },
    parts,
  );
  if (controller && local) {
    // The controller here forwards, and hears first when another one is to be asked.
    const own = local.connect({ kind: "role", role: "controller", nodeId, clusterId, address: "" });
    parts.defer(() => own.close());
    await parts.add(Promise.resolve(controller.register(own)));
    if (!roles.has("broker")) {
      serveQuorumAdmin({ router: services, controllerChannel: own, clock: runtime.clocks.liveness });
    }
  }
  const startingBroker = roles.has("broker")
    ? startBrokerRole(role, controllers("broker"))
    : Promise.resolve(undefined);
  const coordinator = roles.has("coordinator")
    ? startCoordinatorRole(role, controllers("coordinator"))
    : undefined;
  const health = new HealthService();
  health.addTo(services);
  addReflection(services);
  const listening = GrpcServer.listen({ host, port, services, logger: runtime.logger });
  const [broker, , , grpc] = await parts.addTogether(
    startingBroker,
    Promise.resolve(coordinator),
    Promise.resolve(controller && { close: () => controller.resign() }),
    listening,
  );
  grpcAddress.resolve({ host: options.grpc.advertisedHost ?? grpc.host, port: grpc.port });
  await Promise.all([controller?.ready, broker?.ready, coordinator?.ready]);

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
    roles: nodeRoles.filter((one) => roles.has(one)),
    kafkaListeners: broker?.endpoints ?? [],
    grpc: { host: grpc.host, port: grpc.port },
    http: http && { host: http.host, port: http.port },
  };
}
