export {
  MillraceCluster,
  type StartMillraceOptions,
  startMillrace,
} from "./embedded/start-millrace.ts";
export { MillraceNode, type NodeSurroundings } from "./node/millrace-node.ts";
export {
  type InitialController,
  type ListenerOptions,
  type NodeOptions,
  type NodeRole,
  nodeRoles,
} from "./node/node-options.ts";
export type { Address } from "./node/role.ts";
