import { kafkaConfigs } from "../kafka-config.ts";

/** What a group can be configured with (Apache Kafka 4.3). */
export const groupConfigs = kafkaConfigs({
  "consumer.assignment.interval.ms": {
    type: "int",
    default: "1000",
    min: 0,
    doc: "Shortest time between two assignments of the group, in milliseconds.",
  },
  "consumer.heartbeat.interval.ms": {
    type: "int",
    default: "5000",
    min: 1,
    doc: "How often members send heartbeats, in milliseconds.",
  },
  "consumer.session.timeout.ms": {
    type: "int",
    default: "45000",
    min: 1,
    doc: "How long a silent member keeps its place, in milliseconds.",
  },
  "share.assignment.interval.ms": {
    type: "int",
    default: "1000",
    min: 0,
    doc: "Shortest time between two assignments of the group, in milliseconds.",
  },
  "share.auto.offset.reset": {
    type: "string",
    default: "latest",
    check: "shareOffsetReset",
    doc: "Where a share partition without a start offset begins: latest, earliest or by_duration:ISO.",
  },
  "share.delivery.count.limit": {
    type: "int",
    default: "5",
    min: 2,
    doc: "Deliveries before a record is archived.",
  },
  "share.heartbeat.interval.ms": {
    type: "int",
    default: "5000",
    min: 1,
    doc: "How often members send heartbeats, in milliseconds.",
  },
  "share.isolation.level": {
    type: "string",
    default: "read_uncommitted",
    values: ["read_committed", "read_uncommitted"],
    doc: "Whether records of open and aborted transactions are delivered.",
  },
  "share.partition.max.record.locks": {
    type: "int",
    default: "2000",
    min: 100,
    doc: "Records of one share partition that may be locked at a time.",
  },
  "share.record.lock.duration.ms": {
    type: "int",
    default: "30000",
    min: 1000,
    doc: "How long an acquired record stays locked, in milliseconds.",
  },
  "share.renew.acknowledge.enable": {
    type: "boolean",
    default: "true",
    doc: "Whether members may renew their locks.",
  },
  "share.session.timeout.ms": {
    type: "int",
    default: "45000",
    min: 1,
    doc: "How long a silent member keeps its place, in milliseconds.",
  },
  "streams.assignment.interval.ms": {
    type: "int",
    default: "1000",
    min: 0,
    doc: "Shortest time between two assignments of the group, in milliseconds.",
  },
  "streams.heartbeat.interval.ms": {
    type: "int",
    default: "5000",
    min: 1,
    doc: "How often members send heartbeats, in milliseconds.",
  },
  "streams.initial.rebalance.delay.ms": {
    type: "int",
    default: "3000",
    min: 0,
    doc: "How long a new group waits for further members, in milliseconds.",
  },
  "streams.num.standby.replicas": {
    type: "int",
    default: "0",
    min: 0,
    doc: "Standby tasks for each stateful task.",
  },
  "streams.session.timeout.ms": {
    type: "int",
    default: "45000",
    min: 1,
    doc: "How long a silent member keeps its place, in milliseconds.",
  },
});
