import type { TopicConfig } from "@millrace/controller";
import type { CompressionName } from "@millrace/kafka-protocol";
import type { LogConfig } from "@millrace/log";

/** What of a topic's configuration its partitions here obey. Made anew when that changes, not per request. */
export interface TopicSettings {
  readonly maxMessageBytes: number;
  /** Undefined: as the producer compressed it (`compression.type=producer`). */
  readonly compression: CompressionName | undefined;
  /** Of `compression`; undefined for the codec's own. */
  readonly compressionLevel: number | undefined;
  readonly minInsyncReplicas: number;
  /** How far a record's timestamp may lie before and after now, in milliseconds. */
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  readonly log: LogConfig;
}

export function topicSettings(config: TopicConfig): TopicSettings {
  const compression = config["compression.type"];
  const policies = config["cleanup.policy"];
  return {
    maxMessageBytes: config["max.message.bytes"],
    compression:
      compression === "producer" ? undefined : compression === "uncompressed" ? "none" : compression,
    compressionLevel: compressionLevel(config),
    minInsyncReplicas: config["min.insync.replicas"],
    timestampBeforeMaxMs: config["message.timestamp.before.max.ms"],
    timestampAfterMaxMs: config["message.timestamp.after.max.ms"],
    log: {
      segmentBytes: config["segment.bytes"],
      segmentMs: config["segment.ms"],
      segmentIndexBytes: config["segment.index.bytes"],
      indexIntervalBytes: config["index.interval.bytes"],
      retentionMs: config["retention.ms"],
      retentionBytes: config["retention.bytes"],
      cleanupPolicy: { delete: policies.includes("delete"), compact: policies.includes("compact") },
      fileDeleteDelayMs: config["file.delete.delay.ms"],
      messageTimestampType: config["message.timestamp.type"] === "LogAppendTime" ? "logAppend" : "create",
      flushMessages: config["flush.messages"],
      flushMs: config["flush.ms"],
    },
  };
}

function compressionLevel(config: TopicConfig): number | undefined {
  switch (config["compression.type"]) {
    case "gzip":
      return config["compression.gzip.level"];
    case "lz4":
      return config["compression.lz4.level"];
    case "zstd":
      return config["compression.zstd.level"];
    default:
      return undefined;
  }
}
