export { defaultLogConfig, type LogConfig } from "./log-config.ts";
export { openLogDirectory } from "./log-directory.ts";
export type { LogDirectoryOptions } from "./log-directory-options.ts";
export { logMetrics } from "./log-metrics.ts";
export type {
  AbortedTransaction,
  ActiveProducer,
  AppendOptions,
  AppendOrigin,
  AppendResult,
  EpochEndOffset,
  LogListener,
  PartitionLog,
  ReadLimit,
  ReadOptions,
  ReadResult,
  RetentionResult,
  TimestampedOffset,
} from "./partition-log.ts";
export type { CreateLogOptions, PartitionLogs, UnopenedLog } from "./partition-logs.ts";
export { type TopicPartition, topicPartitionName } from "./topic-partition.ts";
export { type LeaderEpoch, leaderEpoch, NO_LEADER_EPOCH, type Offset, offset } from "./units.ts";
