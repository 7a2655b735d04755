import { type ConfigMap, Controller, raftQuorum } from "@millrace/controller";
import { type Endpoint, RaftCommitLog, SegmentedRaftStorage, type Voter } from "@millrace/raft";
import type { InitialController } from "./node-options.ts";
import type { RoleGround, RunningRole } from "./role.ts";
import { sessionTiming } from "./session-timing.ts";
import { staticNumber } from "./static-configs.ts";

/** Not `__cluster_metadata-0`: the format is our own, and nobody should take it for one of Kafka's partitions. */
export const METADATA_DIRECTORY = "__cluster_metadata";

export interface ControllerRoleOptions
  extends Pick<RoleGround, "nodeId" | "clusterId" | "directoryId" | "disk" | "runtime"> {
  /** Where other voters would reach this one. */
  readonly endpoint: Endpoint;
  readonly initialControllers?: readonly InitialController[] | undefined;
  /** The node's static ones: what topics and sessions are like when nobody says otherwise. */
  readonly configs: ConfigMap;
}

export interface ControllerRole extends RunningRole {
  readonly controller: Controller;
  /** Its own quorum: it needs nobody else to be ready. */
  readonly isAlone: boolean;
}

/**
 * A controller on the node's own disk: its own quorum, unless the quorum began with others. Rejects with INVALID_CONFIG
 * when its configs contradict each other.
 */
export async function openController(options: ControllerRoleOptions): Promise<ControllerRole> {
  const { nodeId, clusterId, directoryId, disk, runtime, configs } = options;
  const timing = sessionTiming(configs);
  const topicDefaults = {
    partitions: staticNumber(configs, "num.partitions"),
    replicationFactor: staticNumber(configs, "default.replication.factor"),
  };
  const log = new RaftCommitLog({
    self: { id: nodeId, directoryId },
    bootstrapVoters: bootstrapVoters(options),
    storage: await SegmentedRaftStorage.open(disk, METADATA_DIRECTORY),
    runtime,
  });
  const controller = await Controller.open({
    nodeId,
    clusterId,
    log,
    quorum: raftQuorum(log),
    runtime,
    topicDefaults,
    timing,
  });
  const ready = controller.untilActive();
  ready.catch(() => {}); // whoever waits is told
  return { controller, isAlone: log.node.status.voters.length === 1, ready, close: () => controller.close() };
}

function bootstrapVoters(options: ControllerRoleOptions): readonly Voter[] {
  const { nodeId, directoryId, endpoint, initialControllers } = options;
  if (initialControllers === undefined) return [{ id: nodeId, directoryId, endpoint }];
  return initialControllers.map((voter) => ({
    id: voter.nodeId,
    directoryId: voter.directoryId,
    endpoint: { host: voter.host, port: voter.port },
  }));
}
