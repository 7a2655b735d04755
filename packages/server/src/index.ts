export { CONFIG_FILE_VARIABLE } from "./config/environment-settings.ts";
export { type NodeConfig, nodeConfig } from "./config/node-config.ts";
export { type ConfigSources, readConfig } from "./config/read-config.ts";
export type { Setting } from "./config/setting.ts";
export {
  MillraceCluster,
  type StartMillraceOptions,
  startMillrace,
} from "./embedded/start-millrace.ts";
export {
  diffMetadata,
  dumpMetadata,
  type MetadataQuery,
  type MetadataRange,
  showMetadata,
} from "./metadata/metadata-lines.ts";
export { type FormatOptions, formatDataDirectory } from "./node/format-data-directory.ts";
export { MillraceNode, type NodeSurroundings } from "./node/millrace-node.ts";
export {
  type InitialController,
  type ListenerOptions,
  type NodeOptions,
  type NodeRole,
  nodeRoles,
} from "./node/node-options.ts";
export type { Address } from "./node/role.ts";
