import type { ApiError } from "@millrace/runtime";
import type { LogConfig } from "./log-config.ts";
import type { PartitionLog } from "./partition-log.ts";
import type { TopicPartition } from "./topic-partition.ts";

/** All partitions of one node, whatever engine keeps them. `openLogDirectory` opens the local one. */
export interface PartitionLogs {
  /** Offline ones too: their calls answer `KAFKA_STORAGE_ERROR`. Undefined when there is none. */
  get(topic: string, partition: number): PartitionLog | undefined;
  /** In no particular order. */
  all(): Iterable<PartitionLog>;
  /** Partitions that could not be opened at start, with the reason. They are not among `all`, and stay as they are. */
  readonly unopened: readonly UnopenedLog[];
  /** The broker epoch of the last clean shutdown (KIP-966); undefined after a crash and at the first start. */
  readonly cleanShutdownBrokerEpoch: number | undefined;

  /** Refuses with `KAFKA_STORAGE_ERROR` when it exists already or the disk fails. */
  create(options: CreateLogOptions): Promise<PartitionLog>;
  /** Gone for readers and writers at once; bytes are freed after `file.delete.delay.ms`. Nothing when there is none. */
  delete(topic: string, partition: number): Promise<void>;
  /** Bounds the tail cache and free memory anew. */
  setCacheBytesMax(bytes: number): void;
  /** Flushes everything; with `brokerEpoch`, notes that this was a clean shutdown of that incarnation. */
  close(options: { readonly brokerEpoch: number }): Promise<void>;
}

export interface CreateLogOptions extends TopicPartition {
  /** 16 bytes. */
  readonly topicId: Uint8Array;
  readonly config: LogConfig;
}

export interface UnopenedLog extends TopicPartition {
  readonly cause: ApiError;
}
