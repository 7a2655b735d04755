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
  millrace_log_free_bytes: {
    kind: "gauge",
    help: "Memory that nobody uses and that is kept for the next appends and reads.",
    labels: {},
  },
  millrace_log_unwritten_bytes: {
    kind: "gauge",
    help: "Bytes that were appended and wait for the disk.",
    labels: {},
  },
});
