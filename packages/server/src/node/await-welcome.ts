import { DataDirectoryError, readClusterId } from "@millrace/controller";
import type { Disk } from "@millrace/runtime";
import { SystemClock } from "@millrace/runtime-node";
import type { CheckedNodeOptions } from "./check-node-options.ts";
import { connectController } from "./connect-controller.ts";
import type { ControllerReach } from "./controller-reach.ts";
import type { NodeGround } from "./node-ground.ts";
import { nodeRoles } from "./node-options.ts";
import { untilWelcome } from "./until-welcome.ts";

/** Whether the node has yet to become one of a cluster of several: there others can refuse it, and its directory is new. */
export async function isNewcomer(
  { clusterId }: CheckedNodeOptions,
  disk: Disk,
  reach: ControllerReach,
): Promise<boolean> {
  return clusterId !== undefined && reach.addresses.length > 0 && !(await isFormatted(disk));
}

/** Resolves when a controller has answered a newcomer, and rejects when one refuses it. */
export async function awaitWelcome(
  { nodeId, clusterId = "", roles }: CheckedNodeOptions,
  { runtime, failed }: Pick<NodeGround, "runtime" | "failed">,
  reach: ControllerReach,
): Promise<void> {
  const [role = "broker"] = nodeRoles.filter((one) => roles.has(one));
  await untilWelcome({
    contacts: reach.addresses,
    connect: connectController({ kind: "role", role, nodeId, clusterId, address: "" }, reach),
    reach,
    // Nothing else of the node may keep the process alive yet.
    clock: new SystemClock((error) => runtime.fail(error), { keepsProcessAlive: true }),
    signal: failed,
  });
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
