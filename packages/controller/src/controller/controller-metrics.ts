import { defineMetrics } from "@millrace/runtime";

export const controllerMetrics = defineMetrics({
  millrace_controller_active: {
    kind: "gauge",
    help: "1 on the active controller, 0 on the others.",
    labels: {},
  },
  millrace_controller_metadata_offset: {
    kind: "gauge",
    help: "Offset up to which the metadata log is committed and applied here.",
    labels: {},
  },
  millrace_controller_topics: { kind: "gauge", help: "Topics in the cluster.", labels: {} },
  millrace_controller_partitions: { kind: "gauge", help: "Partitions in the cluster.", labels: {} },
  millrace_controller_brokers: {
    kind: "gauge",
    help: "Registered brokers.",
    labels: { state: ["unfenced", "fenced"] },
  },
  millrace_controller_broker_sessions_expired_total: {
    kind: "counter",
    help: "Brokers fenced because they were silent for too long.",
    labels: {},
  },
  millrace_controller_brokers_gone_total: {
    kind: "counter",
    help: "Brokers fenced at once because their port refused connections.",
    labels: {},
  },
  millrace_controller_records_committed_total: {
    kind: "counter",
    help: "Metadata records committed and applied here.",
    labels: {},
  },
  millrace_controller_feed_subscribers: {
    kind: "gauge",
    help: "Observers that follow the metadata log from here.",
    labels: {},
  },
  millrace_controller_feed_snapshots_total: {
    kind: "counter",
    help: "Snapshots sent to observers that were too far behind for the records kept in memory.",
    labels: {},
  },
});
