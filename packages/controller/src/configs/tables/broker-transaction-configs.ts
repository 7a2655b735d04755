import { kafkaConfigs } from "../kafka-config.ts";

/** A broker's configs for transactions and producer ids (Apache Kafka 4.3). */
export const transactionBrokerConfigs = kafkaConfigs({
  "add.partitions.to.txn.retry.backoff.max.ms": { type: "int", default: "100", min: 0 },
  "add.partitions.to.txn.retry.backoff.ms": { type: "int", default: "20", min: 1 },
  "producer.id.expiration.check.interval.ms": { type: "int", default: "600000", min: 1, internal: true },
  "producer.id.expiration.ms": {
    type: "int",
    default: "86400000",
    min: 1,
    dynamic: "cluster-wide",
    doc: "How long an idle producer id is remembered, in milliseconds.",
  },
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": { type: "int", default: "10000", min: 1 },
  "transaction.max.timeout.ms": { type: "int", default: "900000", min: 1 },
  "transaction.partition.verification.enable": { type: "boolean", default: "true", dynamic: "cluster-wide" },
  "transaction.remove.expired.transaction.cleanup.interval.ms": { type: "int", default: "3600000", min: 1 },
  "transaction.state.log.load.buffer.size": { type: "int", default: "5242880", min: 1 },
  "transaction.state.log.min.isr": { type: "int", default: "2", min: 1 },
  "transaction.state.log.num.partitions": { type: "int", default: "50", min: 1 },
  "transaction.state.log.replication.factor": { type: "short", default: "3", min: 1 },
  "transaction.state.log.segment.bytes": { type: "int", default: "104857600", min: 1 },
  "transaction.two.phase.commit.enable": { type: "boolean", default: "false" },
  "transactional.id.expiration.ms": { type: "int", default: "604800000", min: 1 },
});
