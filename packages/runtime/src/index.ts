export { assert, InvariantViolation } from "./assert.ts";
export { ByteBudget } from "./byte-budget.ts";
export type { Clock, Clocks, Timer } from "./clock/clock.ts";
export { SimulatedClock } from "./clock/simulated-clock.ts";
export { sleep } from "./clock/sleep.ts";
export { VirtualClock, type VirtualClockOptions } from "./clock/virtual-clock.ts";
export { within } from "./clock/within.ts";
export { closestName } from "./config/closest-name.ts";
export type {
  BooleanDefinition,
  ConfigDefinition,
  ConfigDefinitions,
  ConfigScope,
  ConfigValue,
  ConfigValueOf,
  ListDefinition,
  NumberDefinition,
  PasswordDefinition,
  TextDefinition,
} from "./config/config-definition.ts";
export {
  type ConfigInput,
  type ConfigInputs,
  type ConfigOf,
  type ConfigRule,
  ConfigSchema,
  type ConfigValues,
  defineConfig,
} from "./config/config-schema.ts";
export { formatConfigValue } from "./config/format-config-value.ts";
export { parseConfigValue } from "./config/parse-config-value.ts";
export { Secret } from "./config/secret.ts";
export type { DirectoryEntry, Disk, DiskClass, DiskFile, DiskLock, OpenOptions } from "./disk/disk.ts";
export { DiskError, type DiskErrorCode } from "./disk/disk-error.ts";
export { parentDiskPath, splitDiskPath } from "./disk/disk-path.ts";
export { MemoryDisk, type MemoryDiskOptions } from "./disk/memory-disk.ts";
export { SimulatedDisk, type SimulatedDiskOptions } from "./disk/simulated-disk.ts";
export type { DiskFaults, DiskOperation } from "./disk/simulated-machine.ts";
export { ApiError, type ApiErrorOptions, type NodeAddress } from "./errors/api-error.ts";
export {
  type ErrorEntry,
  type ErrorName,
  errorByCode,
  errorCode,
  errorTable,
  isErrorName,
} from "./errors/error-table.ts";
export { isRetriable, type NextStep } from "./errors/next-step.ts";
export { toApiError } from "./errors/to-api-error.ts";
export type { Executor } from "./executor.ts";
export { ExponentialBackoff, type ExponentialBackoffOptions } from "./exponential-backoff.ts";
export { InlineExecutor } from "./inline-executor.ts";
export { KeyedQueue } from "./keyed-queue.ts";
export type { MaybePromise } from "./maybe-promise.ts";
export { BufferPool, type BufferPoolOptions, PooledBuffer } from "./memory/buffer-pool.ts";
export type {
  ByteStream,
  ByteStreamHandler,
  ListenOptions,
  StreamListener,
  StreamNetwork,
} from "./net/byte-stream.ts";
export { MemoryNetwork } from "./net/memory-network.ts";
export type { MemoryConnectionOptions } from "./net/memory-stream.ts";
export { NetworkError, type NetworkErrorReason } from "./net/network-error.ts";
export { formatAddress, isHost, isNodeAddress, isPort, isSameAddress } from "./net/node-address.ts";
export { type LogFields, type Logger, silentLogger } from "./observe/logger.ts";
export {
  type Counter,
  defineMetrics,
  type Gauge,
  type Histogram,
  type LabelValues,
  type MetricCatalogue,
  type MetricDefinition,
  type MetricsOf,
  type MetricsRegistry,
  noMetrics,
} from "./observe/metrics.ts";
export { noTracer, type Span, type TraceContext, type Tracer } from "./observe/tracer.ts";
export { type Random, randomBelow } from "./random.ts";
export { firstRequest } from "./rpc/first-request.ts";
export { handlerFailure, messageTooLarge, methodPath, notServed } from "./rpc/handler-failure.ts";
export {
  type InProcessListener,
  InProcessNetwork,
  type InProcessNetworkOptions,
} from "./rpc/in-process/network.ts";
export { defaultGraceMs, defaultRpcLimits, defaultTimeoutMs, type RpcLimits } from "./rpc/limits.ts";
export { Pipe, type PipeOptions } from "./rpc/pipe.ts";
export { pump } from "./rpc/pump.ts";
export { type RolePeer, requireRole } from "./rpc/require-role.ts";
export type {
  CallContext,
  CallOptions,
  Peer,
  RpcChannel,
  RpcRouter,
  ServiceClient,
  ServiceHandlers,
} from "./rpc/rpc.ts";
export { type ClientTransport, type MessageInit, serviceClient } from "./rpc/service-client.ts";
export { type ServedService, ServiceTable } from "./rpc/service-table.ts";
export { RpcUnavailableError, type UnavailableReason } from "./rpc/unavailable-error.ts";
export type { Runtime } from "./runtime.ts";
export { SeededRandom } from "./seeded-random.ts";
export {
  createSimulatedRuntime,
  type SimulatedRuntime,
  type SimulatedRuntimeOptions,
} from "./simulated-runtime.ts";
