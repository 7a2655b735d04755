export {
  MillraceCluster,
  type StartMillraceOptions,
  startMillrace,
} from "./embedded/start-millrace.ts";
export { MillraceNode, type NodeSurroundings } from "./node/millrace-node.ts";
export type { ListenerOptions, NodeOptions } from "./node/node-options.ts";
export type { Address } from "./node/start-node.ts";
