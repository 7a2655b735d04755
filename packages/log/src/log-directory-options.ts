import type { Disk, Runtime } from "@millrace/runtime";
import type { LogConfig } from "./log-config.ts";

export interface LogDirectoryOptions {
  /** Where partitions and checkpoints lie: a data directory (`log.dirs`) or a part of one. */
  readonly disk: Disk;
  /** Below `disk`; "" is the directory itself. */
  readonly path?: string;
  readonly runtime: Pick<Runtime, "clocks" | "executor" | "logger" | "metrics" | "random" | "fail">;
  /** Of partitions found at start; later changes come by `updateConfig`. */
  readonly configOf: (topic: string) => LogConfig;
  /** Bound of the tail cache and of read-ahead, in bytes of backing memory. */
  readonly cacheBytesMax: number;
  /** `log.retention.check.interval.ms`, on the domain clock. Default 300,000. */
  readonly retentionCheckIntervalMs?: number;
  /** `log.flush.offset.checkpoint.interval.ms` and its siblings, on the liveness clock. Default 60,000. */
  readonly checkpointIntervalMs?: number;
  /** `producer.id.expiration.ms`. Default 86,400,000. */
  readonly producerIdExpirationMs?: number;
}
