import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { defineMetrics, type MetricsRegistry } from "@millrace/runtime";

/** Names and meanings as prom-client's default metrics have them, so that the usual dashboards work. */
const processMetrics = defineMetrics({
  process_cpu_user_seconds_total: { kind: "counter", help: "User CPU time in seconds.", labels: {} },
  process_cpu_system_seconds_total: { kind: "counter", help: "System CPU time in seconds.", labels: {} },
  process_start_time_seconds: {
    kind: "gauge",
    help: "Start of the process, seconds since the epoch.",
    labels: {},
  },
  process_resident_memory_bytes: { kind: "gauge", help: "Resident memory in bytes.", labels: {} },
  nodejs_heap_size_used_bytes: { kind: "gauge", help: "JavaScript heap in use, in bytes.", labels: {} },
  nodejs_heap_size_total_bytes: { kind: "gauge", help: "JavaScript heap reserved, in bytes.", labels: {} },
  nodejs_external_memory_bytes: { kind: "gauge", help: "Memory outside of the heap, in bytes.", labels: {} },
  nodejs_eventloop_lag_mean_seconds: {
    kind: "gauge",
    help: "Event loop lag since the last scrape.",
    labels: {},
  },
  nodejs_eventloop_lag_p99_seconds: { kind: "gauge", help: "Its 99th percentile.", labels: {} },
  nodejs_eventloop_lag_max_seconds: { kind: "gauge", help: "Its maximum.", labels: {} },
  nodejs_eventloop_utilization_ratio: {
    kind: "gauge",
    help: "Share of time busy since the last scrape.",
    labels: {},
  },
});

/** The lag is what a timer of so many milliseconds is late by. */
const resolutionMs = 20;

/**
 * What a process costs: CPU, memory, event loop. Not prom-client's `collectDefaultMetrics`, whose observers
 * nobody can stop, and which lists open files and handles at each scrape. Returns how to stop.
 */
export function registerProcessMetrics(registry: MetricsRegistry): () => void {
  const metrics = registry.register(processMetrics);
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let cpu = { user: 0, system: 0 };
  let utilization = performance.eventLoopUtilization();
  const lagSeconds = (nanoseconds: number): number => {
    return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - resolutionMs / 1e3) : 0;
  };

  registry.onCollect(() => {
    const usage = process.cpuUsage();
    metrics.process_cpu_user_seconds_total.add((usage.user - cpu.user) / 1e6);
    metrics.process_cpu_system_seconds_total.add((usage.system - cpu.system) / 1e6);
    cpu = usage;

    const memory = process.memoryUsage();
    metrics.process_resident_memory_bytes.set(memory.rss);
    metrics.nodejs_heap_size_used_bytes.set(memory.heapUsed);
    metrics.nodejs_heap_size_total_bytes.set(memory.heapTotal);
    metrics.nodejs_external_memory_bytes.set(memory.external);

    const now = performance.eventLoopUtilization();
    metrics.nodejs_eventloop_utilization_ratio.set(
      performance.eventLoopUtilization(now, utilization).utilization,
    );
    utilization = now;

    metrics.nodejs_eventloop_lag_mean_seconds.set(lagSeconds(delay.mean));
    metrics.nodejs_eventloop_lag_p99_seconds.set(lagSeconds(delay.percentile(99)));
    metrics.nodejs_eventloop_lag_max_seconds.set(lagSeconds(delay.max));
    delay.reset();
  });
  metrics.process_start_time_seconds.set(Math.round(performance.timeOrigin / 1e3));
  return () => {
    delay.disable();
  };
}
