import { type DataDirectory, openDataDirectory } from "@millrace/controller";
import type { CheckedNodeOptions } from "./check-node-options.ts";
import type { NodeGround } from "./node-ground.ts";
import type { NodeParts } from "./node-parts.ts";

/** Formats it if it is new. It is the node's until that closes. */
export async function takeDataDirectory(
  { nodeId, clusterId }: CheckedNodeOptions,
  { disk, runtime }: Pick<NodeGround, "disk" | "runtime">,
  parts: NodeParts,
): Promise<DataDirectory> {
  const directory = await openDataDirectory(disk, { nodeId, clusterId, random: runtime.random });
  await parts.add(Promise.resolve({ close: () => directory.release() }));
  return directory;
}
