export { createVirtualClock } from "./clock/create-virtual-clock.ts";
export { SystemClock } from "./clock/system-clock.ts";
export { createNodeRuntime, type NodeRuntimeOptions } from "./create-node-runtime.ts";
export { CryptoRandom } from "./crypto-random.ts";
export { NodeDisk } from "./disk/node-disk.ts";
export { createHttpEndpoint, type HttpEndpoint, type HttpEndpointOptions } from "./http/http-endpoint.ts";
export { machineMemoryBytes } from "./machine-memory.ts";
export { TcpNetwork } from "./net/tcp-network.ts";
export { NodeExecutor } from "./node-executor.ts";
export { createOtelTracer } from "./observe/otel-tracer.ts";
export {
  createPinoLogger,
  type FlushableLogger,
  type LogLevel,
  type PinoLoggerOptions,
} from "./observe/pino-logger.ts";
export { registerProcessMetrics } from "./observe/process-metrics.ts";
export { PromMetrics, type PromMetricsOptions } from "./observe/prom-metrics.ts";
export { GrpcChannel, type GrpcChannelOptions } from "./rpc/client/grpc-channel.ts";
export { HealthService } from "./rpc/health/health-service.ts";
export { addReflection } from "./rpc/reflection/add-reflection.ts";
export { GrpcServer, type GrpcServerOptions } from "./rpc/server/grpc-server.ts";
