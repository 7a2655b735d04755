import {
  type ConfigMap,
  Controller,
  checkPlaceInQuorum,
  raftQuorum,
  serveController,
} from "@millrace/controller";
import {
  type Endpoint,
  type MemberKey,
  RaftCommitLog,
  RpcRaftTransport,
  SegmentedRaftStorage,
  type Voter,
} from "@millrace/raft";
import { ApiError, type Peer, type RpcChannel } from "@millrace/runtime";
import { GrpcChannel } from "@millrace/runtime-node";
import { connectController } from "./connect-controller.ts";
import type { ControllerReach } from "./controller-reach.ts";
import type { InitialController } from "./node-options.ts";
import { joinsByItself, registerInQuorum } from "./register-in-quorum.ts";
import type { RoleGround, RunningRole } from "./role.ts";
import { sessionTiming } from "./session-timing.ts";
import { staticNumber } from "./static-configs.ts";
import { untilCurrent } from "./until-current.ts";
import { registerVoterMetrics } from "./voter-metrics.ts";

/** Not `__cluster_metadata-0`: the format is our own, and nobody should take it for one of Kafka's partitions. */
export const METADATA_DIRECTORY = "__cluster_metadata";

export interface ControllerRoleOptions
  extends Pick<RoleGround, "nodeId" | "clusterId" | "directoryId" | "disk" | "runtime" | "services"> {
  /** Where the other controllers reach this one. */
  readonly endpoint: Endpoint;
  readonly initialControllers?: readonly InitialController[] | undefined;
  /** Whom a controller that is no voter asks for the quorum. */
  readonly contacts: readonly Endpoint[];
  readonly reach: ControllerReach;
  /** The node's static ones: what topics and sessions are like when nobody says otherwise. */
  readonly configs: ConfigMap;
}

export interface ControllerRole extends RunningRole {
  readonly controller: Controller;
  /** Its own quorum: it needs nobody else to be ready. */
  readonly isAlone: boolean;
  /** Keeps its place in the quorum true, over a channel to itself, until that is closed. */
  register(channel: RpcChannel): { close(): Promise<void> };
  /** Hands leadership over, if it has it, while others can still reach this node. */
  resign(): Promise<void>;
}

/**
 * A controller on the node's own disk: a voter of the quorum that it began with, its own quorum, or one that follows a
 * quorum until it is added. Serves the others at once. Rejects with INVALID_CONFIG when its configs contradict each other.
 */
export async function openController(options: ControllerRoleOptions): Promise<ControllerRole> {
  const { nodeId, clusterId, directoryId, disk, runtime, configs, services, endpoint } = options;
  const timing = sessionTiming(configs);
  const topicDefaults = {
    partitions: staticNumber(configs, "num.partitions"),
    replicationFactor: staticNumber(configs, "default.replication.factor"),
  };
  const self = { id: nodeId, directoryId };
  const peer: Peer = { kind: "role", role: "controller", nodeId, clusterId, address: "" };
  const connect = ({ host, port }: Endpoint): RpcChannel => new GrpcChannel({ host, port, peer });
  const { clocks, random, logger } = runtime;
  const log = new RaftCommitLog({
    self,
    endpoint,
    contacts: options.contacts,
    bootstrapVoters: bootstrapVoters(options),
    storage: await SegmentedRaftStorage.open(disk, METADATA_DIRECTORY, {
      segmentBytes: metadataSegmentBytes(configs),
    }),
    transport: new RpcRaftTransport({
      self,
      ...(endpoint.port !== 0 && { endpoint }), // on any free port it is its own quorum
      clusterId,
      router: services,
      connect,
      clock: clocks.liveness,
      random,
      logger,
    }),
    runtime,
    limits: { snapshotEveryBytes: staticNumber(configs, "metadata.log.max.record.bytes.between.snapshots") },
  });
  const quorum = raftQuorum(log);
  const identity = { nodeId, clusterId };
  const controller = await Controller.open({
    ...identity,
    log,
    quorum,
    connect,
    runtime,
    topicDefaults,
    timing,
  });
  const served = serveController(controller, services);
  registerVoterMetrics(runtime.metrics, () => isVoter(log, self));
  const isAlone = isVoter(log, self) && log.node.status.voters.length === 1;
  const closing = new AbortController();
  const { signal } = closing;
  const { reach } = options;
  const contacts = { contacts: reach.addresses, connect: connectController(peer, reach) };
  const ready = isAlone
    ? controller.untilActive()
    : untilCurrent({ log, ...contacts, clock: clocks.liveness, signal }).then(async () => {
        if (isVoter(log, self)) return;
        const controllers = log.node.status.voters.map((voter) => voter.endpoint);
        await checkPlaceInQuorum({ self: { ...self, endpoint }, connect, controllers });
        if (joinsByItself(configs)) return;
        const next = `millrace quorum add ${nodeId} --bootstrap <gRPC address of a broker or controller>`;
        logger.warn(
          { ...self, next },
          "this controller follows the quorum and is no voter before it is added",
        );
      });
  ready.catch(() => {}); // whoever waits is told
  return {
    controller,
    isAlone,
    ready,
    register: (channel) =>
      registerInQuorum(
        { self: { ...self, endpoint }, clusterId, quorum, connect, configs, runtime },
        channel,
      ),
    resign: () => resign(log),
    close: async () => {
      closing.abort(new ApiError("BROKER_NOT_AVAILABLE", { detail: "this node is shutting down" }));
      await served.close();
      await controller.close();
    },
  };
}

function isVoter({ node }: RaftCommitLog, { id, directoryId }: MemberKey): boolean {
  return node.status.voters.some((voter) => voter.id === id && voter.directoryId === directoryId);
}

/** The internal config is Kafka's way below the least size of the other, for tests. */
export function metadataSegmentBytes(configs: ConfigMap): number {
  return configs.has("internal.metadata.log.segment.bytes")
    ? staticNumber(configs, "internal.metadata.log.segment.bytes")
    : staticNumber(configs, "metadata.log.segment.bytes");
}

async function resign({ node }: RaftCommitLog): Promise<void> {
  if (node.status.role !== "leader" || node.status.voters.length === 1) return;
  try {
    await node.transferLeadership();
  } catch {
    // Nobody is there to take over, or nobody in time: they elect one of themselves when this node is gone.
  }
}

function bootstrapVoters(options: ControllerRoleOptions): readonly Voter[] {
  const { nodeId, directoryId, endpoint, contacts, initialControllers } = options;
  if (initialControllers === undefined) {
    return contacts.length === 0 ? [{ id: nodeId, directoryId, endpoint }] : [];
  }
  return initialControllers.map((voter) => ({
    id: voter.nodeId,
    directoryId: voter.directoryId,
    endpoint: { host: voter.host, port: voter.port },
  }));
}
