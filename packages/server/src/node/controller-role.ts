import { type ConfigMap, Controller } from "@millrace/controller";
import { type Endpoint, RaftCommitLog, SegmentedRaftStorage } from "@millrace/raft";
import type { Disk, Runtime } from "@millrace/runtime";
import { sessionTiming } from "./session-timing.ts";
import { staticNumber } from "./static-configs.ts";

/** Not `__cluster_metadata-0`: the format is our own, and nobody should take it for one of Kafka's partitions. */
const METADATA_DIRECTORY = "__cluster_metadata";

export interface ControllerRoleOptions {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly directoryId: string;
  /** Where other voters would reach this one. */
  readonly endpoint: Endpoint;
  readonly disk: Disk;
  readonly runtime: Runtime;
  /** The node's static ones: what topics and sessions are like when nobody says otherwise. */
  readonly configs: ConfigMap;
}

/**
 * The controller of a node that is its own quorum: the metadata log on its disk, and itself as the only voter. Rejects
 * with INVALID_CONFIG when its configs contradict each other.
 */
export async function openController(options: ControllerRoleOptions): Promise<Controller> {
  const { nodeId, clusterId, directoryId, endpoint, disk, runtime, configs } = options;
  const timing = sessionTiming(configs);
  const topicDefaults = {
    partitions: staticNumber(configs, "num.partitions"),
    replicationFactor: staticNumber(configs, "default.replication.factor"),
  };
  const log = new RaftCommitLog({
    self: { id: nodeId, directoryId },
    bootstrapVoters: [{ id: nodeId, directoryId, endpoint }],
    storage: await SegmentedRaftStorage.open(disk, METADATA_DIRECTORY),
    runtime,
  });
  const controller = await Controller.open({ nodeId, clusterId, log, runtime, topicDefaults, timing });
  // The only voter elects itself as soon as its vote is on disk; the broker would otherwise ask too early and back off.
  await controller.untilActive();
  return controller;
}
