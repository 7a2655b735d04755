import { ApiKey } from "@millrace/kafka-protocol";
import { defineMetrics, type MetricsOf } from "@millrace/runtime";

const api = Object.keys(ApiKey);

/** The broker's metrics: Kafka's JMX names in `docs/metrics.md`. */
export const brokerMetricsCatalogue = defineMetrics({
  millrace_broker_requests_total: {
    kind: "counter",
    help: "Requests that were answered, by API.",
    labels: { api },
  },
  millrace_broker_request_errors_total: {
    kind: "counter",
    help: "Requests that failed as a whole, by API.",
    labels: { api },
  },
  millrace_broker_request_duration_seconds: {
    kind: "histogram",
    help: "From a request's last byte to its response, waiting (long polls, acks=all) included.",
    labels: { api },
    buckets: [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
  millrace_broker_request_bytes_total: {
    kind: "counter",
    help: "Bytes of requests received over Kafka's protocol, by API.",
    labels: { api },
  },
  millrace_broker_response_bytes_total: {
    kind: "counter",
    help: "Bytes of responses to requests over Kafka's protocol, by API.",
    labels: { api },
  },
  millrace_broker_connections: {
    kind: "gauge",
    help: "Open connections of Kafka's protocol.",
    labels: {},
  },
  millrace_broker_connections_closed_total: {
    kind: "counter",
    help: "Connections that ended: left by the client, or closed by the broker for what it did.",
    labels: { by: ["client", "broker"] },
  },
  millrace_broker_connections_refused_total: {
    kind: "counter",
    help: "Connections refused because of max.connections.",
    labels: {},
  },
  millrace_broker_byte_budget_used_bytes: {
    kind: "gauge",
    help: "Bytes of frames, caches and queues that count in the byte budget.",
    labels: {},
  },
  millrace_broker_byte_budget_limit_bytes: {
    kind: "gauge",
    help: "Bytes of frames, caches and queues from which on sockets are not read.",
    labels: {},
  },
  millrace_broker_led_partitions: {
    kind: "gauge",
    help: "Partitions that this broker leads.",
    labels: {},
  },
  millrace_broker_offline_partitions: {
    kind: "gauge",
    help: "Partitions of this broker whose log failed.",
    labels: {},
  },
  millrace_broker_produced_bytes_total: {
    kind: "counter",
    help: "Bytes of record batches taken from producers.",
    labels: {},
  },
  millrace_broker_produced_records_total: {
    kind: "counter",
    help: "Records taken from producers.",
    labels: {},
  },
  millrace_broker_fetched_bytes_total: {
    kind: "counter",
    help: "Bytes of record batches given to consumers.",
    labels: {},
  },
  millrace_broker_fetch_sessions: {
    kind: "gauge",
    help: "Incremental fetch sessions in the cache (KIP-227).",
    labels: {},
  },
});

export type BrokerMetrics = MetricsOf<typeof brokerMetricsCatalogue>;
