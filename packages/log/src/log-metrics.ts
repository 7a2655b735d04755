import { defineMetrics } from "@millrace/runtime";

export const logMetrics = defineMetrics({
  millrace_log_partitions: { kind: "gauge", help: "Partitions with a log on this node.", labels: {} },
  millrace_log_offline_partitions: {
    kind: "gauge",
    help: "Partitions whose log is offline because its disk failed, or could not be opened at start.",
    labels: {},
  },
  millrace_log_tail_cache_bytes: {
    kind: "gauge",
    help: "Memory that recently appended batches keep for readers.",
    labels: {},
  },
  millrace_log_read_ahead_bytes: {
    kind: "gauge",
    help: "Memory that reads of older segments keep for those who go on reading.",
    labels: {},
  },
  millrace_log_unwritten_bytes: {
    kind: "gauge",
    help: "Bytes that were appended and wait for the disk.",
    labels: {},
  },
});
