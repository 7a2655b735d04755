import { kafkaConfigs } from "../kafka-config.ts";

/** A broker's configs for replication (Apache Kafka 4.3). */
export const replicationBrokerConfigs = kafkaConfigs({
  "alter.log.dirs.replication.quota.window.num": { type: "int", default: "11", min: 1 },
  "alter.log.dirs.replication.quota.window.size.seconds": { type: "int", default: "1", min: 1 },
  "inter.broker.listener.name": { type: "string", default: null },
  "num.replica.alter.log.dirs.threads": { type: "int", default: null },
  "num.replica.fetchers": { type: "int", default: "1", min: 1, dynamic: "cluster-wide" },
  "replica.fetch.backoff.ms": { type: "int", default: "1000", min: 0 },
  "replica.fetch.max.bytes": { type: "int", default: "1048576", min: 0 },
  "replica.fetch.min.bytes": { type: "int", default: "1" },
  "replica.fetch.response.max.bytes": { type: "int", default: "10485760", min: 0 },
  "replica.fetch.wait.max.ms": { type: "int", default: "500" },
  "replica.high.watermark.checkpoint.interval.ms": { type: "long", default: "5000" },
  "replica.lag.time.max.ms": {
    type: "long",
    default: "30000",
    doc: "How long a follower may be behind and stay in sync, in milliseconds.",
  },
  "replica.selector.class": { type: "string", default: null },
  "replica.socket.receive.buffer.bytes": { type: "int", default: "65536" },
  "replica.socket.timeout.ms": { type: "int", default: "30000" },
  "replication.quota.window.num": { type: "int", default: "11", min: 1 },
  "replication.quota.window.size.seconds": { type: "int", default: "1", min: 1 },
  "follower.replication.throttled.rate": {
    type: "long",
    default: "9223372036854775807",
    min: 0,
    dynamic: "cluster-wide",
    onlyWhenSet: true,
  },
  "leader.replication.throttled.rate": {
    type: "long",
    default: "9223372036854775807",
    min: 0,
    dynamic: "cluster-wide",
    onlyWhenSet: true,
  },
  "replica.alter.log.dirs.io.max.bytes.per.second": {
    type: "long",
    default: "9223372036854775807",
    min: 0,
    dynamic: "cluster-wide",
    onlyWhenSet: true,
  },
});
