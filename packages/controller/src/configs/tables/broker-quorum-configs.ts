import { kafkaConfigs } from "../kafka-config.ts";

/**
 * A broker's configs for controllers, the metadata log and what a node is (Apache Kafka 4.3). A broker's session and
 * heartbeat have Millrace's own, shorter defaults: a session ends with a stream, not with a missed poll.
 */
export const quorumBrokerConfigs = kafkaConfigs({
  "alter.config.policy.class.name": { type: "class", default: null },
  "auto.leader.rebalance.enable": { type: "boolean", default: "true" },
  "broker.heartbeat.interval.ms": {
    type: "int",
    default: "500",
    doc: "How often a broker tells the controller that it lives, in milliseconds.",
  },
  "broker.id": { type: "int", default: "-1" },
  "broker.rack": {
    type: "string",
    default: null,
    doc: "The rack a broker stands in; replicas are spread over racks.",
  },
  "broker.session.timeout.ms": {
    type: "int",
    default: "3000",
    doc: "How long a silent broker keeps its leaderships, in milliseconds.",
  },
  "controlled.shutdown.enable": { type: "boolean", default: "true" },
  "controller.listener.names": { type: "list", default: null, required: true },
  "controller.performance.always.log.threshold.ms": { type: "long", default: "2000", min: 0, internal: true },
  "controller.performance.sample.period.ms": { type: "long", default: "60000", min: 100, internal: true },
  "controller.quorum.append.linger.ms": { type: "int", default: "25", min: 0 },
  "controller.quorum.auto.join.enable": {
    type: "boolean",
    default: "false",
    doc: "Whether a controller that is no voter asks to become one, in place of the voter of its id if its disk was replaced.",
  },
  "controller.quorum.bootstrap.servers": { type: "list", default: "", nonEmpty: true },
  "controller.quorum.election.backoff.max.ms": { type: "int", default: "1000", min: 0 },
  "controller.quorum.election.timeout.ms": { type: "int", default: "1000", min: 0 },
  "controller.quorum.fetch.max.bytes": { type: "int", default: "1048576", min: 1 },
  "controller.quorum.fetch.snapshot.max.bytes": { type: "int", default: "1048576", min: 1 },
  "controller.quorum.fetch.timeout.ms": { type: "int", default: "2000", min: 0 },
  "controller.quorum.request.timeout.ms": { type: "int", default: "2000", min: 0 },
  "controller.quorum.retry.backoff.ms": { type: "int", default: "20", min: 0 },
  "controller.quorum.voters": { type: "list", default: "", nonEmpty: true },
  "controller.quota.window.num": { type: "int", default: "11", min: 1 },
  "controller.quota.window.size.seconds": { type: "int", default: "1", min: 1 },
  "controller.socket.timeout.ms": { type: "int", default: "30000" },
  "create.topic.policy.class.name": { type: "class", default: null },
  "early.start.listeners": { type: "list", default: null },
  "initial.broker.registration.timeout.ms": { type: "int", default: "60000" },
  "internal.metadata.delete.delay.millis": { type: "long", default: "60000", internal: true },
  "internal.metadata.log.segment.bytes": { type: "int", default: null, internal: true },
  "internal.metadata.max.batch.size.in.bytes": { type: "int", default: "8388608", internal: true },
  "leader.imbalance.check.interval.seconds": { type: "long", default: "300", min: 1 },
  "metadata.log.dir": { type: "string", default: null },
  "metadata.log.max.record.bytes.between.snapshots": {
    type: "long",
    default: "20971520",
    min: 1,
    doc: "Size of new metadata records after which a controller writes a snapshot and lets go of its log, in bytes.",
  },
  "metadata.log.max.snapshot.interval.ms": { type: "long", default: "3600000", min: 0 },
  "metadata.log.segment.bytes": {
    type: "int",
    default: "16777216", // Kafka's 1 GiB is more than a node should read again when it starts
    min: 8_388_608,
    doc: "Size at which a controller begins a new file of the metadata log, in bytes.",
  },
  "metadata.log.segment.ms": { type: "long", default: "604800000" },
  "metadata.max.idle.interval.ms": { type: "int", default: "500", min: 0 },
  "metadata.max.retention.bytes": { type: "long", default: "104857600" },
  "metadata.max.retention.ms": { type: "long", default: "604800000" },
  "node.id": { type: "int", default: null, required: true, min: 0, doc: "The node's number in the cluster." },
  "process.roles": { type: "list", default: null, required: true, values: ["broker", "controller"] },
  "server.max.startup.time.ms": { type: "long", default: "9223372036854775807", min: 0, internal: true },
  "unstable.api.versions.enable": { type: "boolean", default: "false", internal: true },
  "unstable.feature.versions.enable": { type: "boolean", default: "false", internal: true },
});
