/**
 * The broker configs a topic config falls back to, most precise first. `factor` brings a coarser unit to the
 * topic config's (KafkaConfig and LogConfig of Apache Kafka 4.3).
 */
export interface TopicSynonym {
  readonly name: string;
  readonly factor: number;
}

const same = (name: string): TopicSynonym => ({ name, factor: 1 });
const minutes = (name: string): TopicSynonym => ({ name, factor: 60_000 });
const hours = (name: string): TopicSynonym => ({ name, factor: 3_600_000 });

export const topicSynonyms: Readonly<Record<string, readonly TopicSynonym[]>> = {
  "segment.bytes": [same("log.segment.bytes")],
  "segment.ms": [same("log.roll.ms"), hours("log.roll.hours")],
  "segment.jitter.ms": [same("log.roll.jitter.ms"), hours("log.roll.jitter.hours")],
  "segment.index.bytes": [same("log.index.size.max.bytes")],
  "flush.messages": [same("log.flush.interval.messages")],
  "flush.ms": [same("log.flush.interval.ms"), same("log.flush.scheduler.interval.ms")],
  "retention.bytes": [same("log.retention.bytes")],
  "retention.ms": [same("log.retention.ms"), minutes("log.retention.minutes"), hours("log.retention.hours")],
  "max.message.bytes": [same("message.max.bytes")],
  "index.interval.bytes": [same("log.index.interval.bytes")],
  "delete.retention.ms": [same("log.cleaner.delete.retention.ms")],
  "min.compaction.lag.ms": [same("log.cleaner.min.compaction.lag.ms")],
  "max.compaction.lag.ms": [same("log.cleaner.max.compaction.lag.ms")],
  "file.delete.delay.ms": [same("log.segment.delete.delay.ms")],
  "min.cleanable.dirty.ratio": [same("log.cleaner.min.cleanable.ratio")],
  "cleanup.policy": [same("log.cleanup.policy")],
  "unclean.leader.election.enable": [same("unclean.leader.election.enable")],
  "min.insync.replicas": [same("min.insync.replicas")],
  "compression.type": [same("compression.type")],
  "compression.gzip.level": [same("compression.gzip.level")],
  "compression.lz4.level": [same("compression.lz4.level")],
  "compression.zstd.level": [same("compression.zstd.level")],
  preallocate: [same("log.preallocate")],
  "message.timestamp.type": [same("log.message.timestamp.type")],
  "message.timestamp.before.max.ms": [same("log.message.timestamp.before.max.ms")],
  "message.timestamp.after.max.ms": [same("log.message.timestamp.after.max.ms")],
  "local.retention.ms": [same("log.local.retention.ms")],
  "local.retention.bytes": [same("log.local.retention.bytes")],
};
