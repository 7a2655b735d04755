import type { BufferPool, Disk, Runtime } from "@millrace/runtime";
import type { LogConfig } from "./log-config.ts";

export interface LogDirectoryOptions {
  /** Where partitions and checkpoints lie: a data directory (`log.dirs`) or a part of one. */
  readonly disk: Disk;
  /** Below `disk`; "" is the directory itself. */
  readonly path?: string;
  readonly runtime: Pick<Runtime, "clocks" | "executor" | "logger" | "metrics" | "random" | "fail">;
  /** Of partitions found at start; later changes come by `updateConfig`. */
  readonly configOf: (topic: string) => LogConfig;
  /**
   * Bound of the tail cache and of free memory, in bytes. Beyond it there are what waits for the disk (`unwrittenBytes`)
   * and what readers hold until they release it: their owners bound those.
   */
  readonly cacheBytesMax: number;
  /** Where that memory comes from; the directory sets its bound. One of its own when left out. */
  readonly bufferPool?: BufferPool;
  /** `log.retention.check.interval.ms`, on the domain clock. Default 300,000. */
  readonly retentionCheckIntervalMs?: number;
  /** `log.flush.offset.checkpoint.interval.ms` and its siblings, on the liveness clock. Default 60,000. */
  readonly checkpointIntervalMs?: number;
  /** `producer.id.expiration.ms`. Default 86,400,000. */
  readonly producerIdExpirationMs?: number;
}
