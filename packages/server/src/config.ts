// What a command line is made of, apart from the node that it starts: nothing heavy comes with it.
export { type NodeConfig, nodeConfig } from "./config/node-config.ts";
export type { Setting } from "./config/setting.ts";
