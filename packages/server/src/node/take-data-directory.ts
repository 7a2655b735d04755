import {
  type DataDirectory,
  DataDirectoryError,
  openDataDirectory,
  readClusterId,
} from "@millrace/controller";
import type { Disk } from "@millrace/runtime";
import type { CheckedNodeOptions } from "./check-node-options.ts";
import { connectController } from "./connect-controller.ts";
import type { ControllerReach } from "./controller-reach.ts";
import { nodeRoles } from "./node-options.ts";
import type { NodeParts } from "./node-parts.ts";
import type { NodeGround } from "./start-node.ts";
import { untilWelcome } from "./until-welcome.ts";

type Ground = Pick<NodeGround, "disk" | "runtime" | "failed">;

/** Takes the node's directory until the node closes. A new one of a cluster of several waits for a controller's answer. */
export async function takeDataDirectory(
  options: CheckedNodeOptions,
  { disk, runtime, failed }: Ground,
  reach: ControllerReach,
  parts: NodeParts,
): Promise<DataDirectory> {
  const { nodeId, clusterId, roles } = options;
  const [role = "broker"] = nodeRoles.filter((one) => roles.has(one));
  if (clusterId !== undefined && reach.addresses.length > 0 && !(await isFormatted(disk))) {
    const connect = connectController({ kind: "role", role, nodeId, clusterId, address: "" }, reach);
    const clock = runtime.clocks.liveness;
    await untilWelcome({ contacts: reach.addresses, connect, reach, clock, signal: failed });
  }
  const directory = await openDataDirectory(disk, { nodeId, clusterId, random: runtime.random });
  await parts.add(Promise.resolve({ close: () => directory.release() }));
  return directory;
}

async function isFormatted(disk: Disk): Promise<boolean> {
  try {
    await readClusterId(disk);
    return true;
  } catch (error) {
    if (error instanceof DataDirectoryError && error.code === "NOT_FORMATTED") return false;
    throw error;
  }
}
