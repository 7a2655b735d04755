export { createVirtualClock } from "./clock/create-virtual-clock.ts";
export { SystemClock } from "./clock/system-clock.ts";
export { createNodeRuntime, type NodeRuntimeOptions } from "./create-node-runtime.ts";
export { CryptoRandom } from "./crypto-random.ts";
export { NodeDisk } from "./disk/node-disk.ts";
export { NodeExecutor } from "./node-executor.ts";
export { TcpNetwork } from "./net/tcp-network.ts";
