// One controller of the cluster that is measured, on a real disk, served over gRPC.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Controller } from "@millrace/controller";
import { RaftCommitLog, SegmentedRaftStorage, type Voter } from "@millrace/raft";
import { ServiceTable } from "@millrace/runtime";
import { GrpcServer, NodeDisk } from "@millrace/runtime-node";
import { createBenchRuntime } from "./bench-runtime.ts";
import { serveCommands } from "./commands.ts";
import { takeMeasures } from "./process-measures.ts";

export interface ControllerProcessOptions {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly directory: string;
  readonly voters: readonly Voter[];
}

export interface ControllerReady {
  /** To read the snapshot, if there is one. */
  readonly openMs: number;
  /** To lead, the log above the snapshot included. */
  readonly activeMs: number;
}

export interface SnapshotWritten {
  readonly writeMs: number;
  readonly bytes: number;
}

const { nodeId, clusterId, directory, voters } = JSON.parse(
  process.argv[2] ?? "{}",
) as ControllerProcessOptions;
const self = voters.find(({ id }) => id === nodeId);
if (self === undefined) throw new Error("not a voter");

const runtime = createBenchRuntime();

async function start(me: Voter): Promise<void> {
  const disk = await NodeDisk.at(directory);
  const startedAt = performance.now();
  const storage = await SegmentedRaftStorage.open(disk, "metadata");
  const log = new RaftCommitLog({ self: me, bootstrapVoters: voters, storage, runtime });
  const controller = await Controller.open({ nodeId, clusterId, log, runtime });
  const openMs = performance.now() - startedAt;
  const services = new ServiceTable();
  controller.addTo(services);
  await GrpcServer.listen({ ...me.endpoint, services, logger: runtime.logger });
  await controller.untilActive();
  const activeMs = performance.now() - startedAt;

  /** As raft does it, to another directory, so that one is written exactly now. */
  const writeSnapshot = async (): Promise<SnapshotWritten> => {
    const scratch = await SegmentedRaftStorage.open(disk, "scratch");
    const { offset: index, epoch: term } = controller.image;
    const from = performance.now();
    await scratch.saveSnapshot({ index, term, voters: [...voters] }, log.snapshot());
    const writeMs = performance.now() - from;
    await scratch.close();
    return { writeMs, bytes: snapshotBytes(join(directory, "scratch")) };
  };

  const ready: ControllerReady = { openMs, activeMs };
  serveCommands(
    {
      measure: takeMeasures,
      writeSnapshot,
      offset: () => controller.image.offset,
      leadersSettled: () => controller.leadersSettled,
      collectGarbage: () => globalThis.gc?.(),
    },
    ready,
  );
}

function snapshotBytes(path: string): number {
  const names = readdirSync(path).filter((name) => name.endsWith(".snapshot"));
  return names.reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}

start(self).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
