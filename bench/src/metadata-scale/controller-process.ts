// One controller of the cluster that is measured, on a real disk, served over gRPC.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Controller, serveController } from "@millrace/controller";
import {
  type Endpoint,
  RaftCommitLog,
  RpcRaftTransport,
  SegmentedRaftStorage,
  type Voter,
} from "@millrace/raft";
import { type RpcChannel, ServiceTable } from "@millrace/runtime";
import { GrpcChannel, GrpcServer, NodeDisk } from "@millrace/runtime-node";
import { createBenchRuntime } from "./bench-runtime.ts";
import { serveCommands } from "./commands.ts";
import { takeMeasures } from "./process-measures.ts";

export interface ControllerProcessOptions {
  readonly clusterId: string;
  readonly directory: string;
  readonly self: Voter;
  /** Of its first start; none for a controller that is to follow a quorum. */
  readonly bootstrapVoters: readonly Voter[];
  readonly contacts: readonly Endpoint[];
  /** Raft's own default leaves two million partitions in the log alone. */
  readonly snapshotEveryBytes: number;
}

export interface ControllerReady {
  /** To read the snapshot, if there is one; the log above it follows. */
  readonly openMs: number;
}

export interface SnapshotWritten {
  readonly writeMs: number;
  readonly bytes: number;
}

async function start(options: ControllerProcessOptions): Promise<void> {
  const { clusterId, directory, self, bootstrapVoters, contacts } = options;
  const { id: nodeId, endpoint } = self;
  const runtime = createBenchRuntime();
  const services = new ServiceTable();
  const peer = { kind: "role", role: "controller", nodeId, clusterId, address: "" } as const;
  const connect = ({ host, port }: Endpoint): RpcChannel => new GrpcChannel({ host, port, peer });
  const disk = await NodeDisk.at(directory);
  const startedAt = performance.now();
  const log = new RaftCommitLog({
    self,
    endpoint,
    contacts,
    bootstrapVoters,
    storage: await SegmentedRaftStorage.open(disk, "metadata"),
    transport: new RpcRaftTransport({
      self,
      clusterId,
      router: services,
      connect,
      clock: runtime.clocks.liveness,
      random: runtime.random,
      logger: runtime.logger,
    }),
    runtime,
    limits: { snapshotEveryBytes: options.snapshotEveryBytes },
  });
  const controller = await Controller.open({ nodeId, clusterId, log, connect, runtime });
  const ready: ControllerReady = { openMs: performance.now() - startedAt };
  serveController(controller, services);
  await GrpcServer.listen({ ...endpoint, services, logger: runtime.logger });

  /** As raft does it, to another directory, so that one is written exactly now. */
  const writeSnapshot = async (): Promise<SnapshotWritten> => {
    const scratch = await SegmentedRaftStorage.open(disk, "scratch");
    const { offset: index, epoch: term } = controller.image;
    const from = performance.now();
    await scratch.saveSnapshot({ index, term, voters: log.node.status.voters }, log.snapshot());
    const writeMs = performance.now() - from;
    await scratch.close();
    return { writeMs, bytes: snapshotBytes(join(directory, "scratch")) };
  };

  serveCommands(
    {
      measure: takeMeasures,
      writeSnapshot,
      offset: () => controller.image.offset,
      isActive: () => controller.isActive,
      term: () => log.node.status.term,
      leadersSettled: () => controller.leadersSettled,
    },
    ready,
  );
}

function snapshotBytes(path: string): number {
  const names = readdirSync(path).filter((name) => name.endsWith(".snapshot"));
  return names.reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}

start(JSON.parse(process.argv[2] ?? "{}") as ControllerProcessOptions).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
