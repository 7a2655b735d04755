import { defineMetrics } from "@millrace/runtime";
import { afterEach, describe, expect, test, vi } from "vitest";
import { registerProcessMetrics } from "./process-metrics.ts";
import { PromMetrics } from "./prom-metrics.ts";

const catalogue = defineMetrics({
  millrace_test_requests_total: { kind: "counter", help: "Requests.", labels: { outcome: ["ok", "error"] } },
  millrace_test_topic_bytes_total: {
    kind: "counter",
    help: "Bytes.",
    labels: { topic: [], direction: ["in", "out"] },
  },
  millrace_test_lag_records: { kind: "gauge", help: "Lag.", labels: { group: [] } },
  millrace_test_open: { kind: "gauge", help: "Open.", labels: {} },
  millrace_test_wait_seconds: { kind: "histogram", help: "Wait.", labels: {}, buckets: [0.1, 1] },
});

afterEach(() => vi.restoreAllMocks());

/** A scrape's samples, without comments, of the metrics whose name begins so. */
async function scrape(metrics: PromMetrics, prefix = "millrace_test"): Promise<readonly string[]> {
  return (await metrics.text()).split("\n").filter((line) => line.startsWith(prefix));
}

describe("PromMetrics", () => {
  test("writes counters, gauges and histograms as Prometheus reads them", async () => {
    const metrics = new PromMetrics({ labels: { node: "1" } });
    const registered = metrics.register(catalogue);
    registered.millrace_test_requests_total.add(2, { outcome: "ok" });
    registered.millrace_test_requests_total.add(1, { outcome: "ok" });
    registered.millrace_test_open.set(7);
    for (const seconds of [0.1, 0.5, 1.5, 2]) registered.millrace_test_wait_seconds.observe(seconds);
    expect(await scrape(metrics)).toEqual([
      'millrace_test_requests_total{outcome="ok",node="1"} 3',
      'millrace_test_requests_total{outcome="error",node="1"} 0',
      'millrace_test_open{node="1"} 7',
      'millrace_test_wait_seconds_bucket{le="0.1",node="1"} 1',
      'millrace_test_wait_seconds_bucket{le="1",node="1"} 2',
      'millrace_test_wait_seconds_bucket{le="+Inf",node="1"} 4',
      'millrace_test_wait_seconds_sum{node="1"} 4.1',
      'millrace_test_wait_seconds_count{node="1"} 4',
    ]);
    expect(await metrics.text()).toContain(
      "# HELP millrace_test_open Open.\n# TYPE millrace_test_open gauge\n",
    );
  });

  test("never breaks what it measures: samples that make no sense are dropped", async () => {
    const metrics = new PromMetrics();
    const { millrace_test_requests_total: requests, millrace_test_wait_seconds: wait } =
      metrics.register(catalogue);
    requests.add(1, { outcome: "neither" });
    requests.add(-1, { outcome: "ok" });
    requests.add(Number.NaN, { outcome: "ok" });
    wait.observe(Number.NaN);
    expect((await scrape(metrics)).filter((line) => !/ 0$/.test(line))).toEqual([]);
  });

  test("keeps the first series of an open counter, sums the rest, and counts what it cut", async () => {
    const metrics = new PromMetrics({ seriesMax: 2 });
    const { millrace_test_topic_bytes_total: bytes } = metrics.register(catalogue);
    for (const topic of ["a", "b", "c", "d", "c"]) bytes.add(10, { topic, direction: "in" });
    bytes.add(1, { topic: "e", direction: "out" });
    expect(await scrape(metrics, "millrace_test_topic")).toEqual([
      'millrace_test_topic_bytes_total{topic="a",direction="in"} 10',
      'millrace_test_topic_bytes_total{topic="b",direction="in"} 10',
      'millrace_test_topic_bytes_total{topic="other",direction="in"} 30',
      'millrace_test_topic_bytes_total{topic="other",direction="out"} 1',
    ]);
    expect(await scrape(metrics, "millrace_runtime_metric_series_cut{")).toEqual([
      'millrace_runtime_metric_series_cut{metric="millrace_test_topic_bytes_total"} 3',
    ]);
  });

  test("a topic called other has no series of its own", async () => {
    const metrics = new PromMetrics({ seriesMax: 1 });
    const { millrace_test_topic_bytes_total: bytes } = metrics.register(catalogue);
    for (const topic of ["other", "a", "b"]) bytes.add(1, { topic, direction: "in" });
    expect(await scrape(metrics, "millrace_test_topic")).toEqual([
      'millrace_test_topic_bytes_total{topic="a",direction="in"} 1',
      'millrace_test_topic_bytes_total{topic="other",direction="in"} 2',
    ]);
  });

  test("forgets the series of what is gone, and has room for another", async () => {
    const metrics = new PromMetrics({ seriesMax: 1 });
    const { millrace_test_topic_bytes_total: bytes } = metrics.register(catalogue);
    bytes.add(1, { topic: "a", direction: "in" });
    bytes.forget({ topic: "a", direction: "in" });
    bytes.add(2, { topic: "b", direction: "in" });
    expect(await scrape(metrics, "millrace_test_topic")).toEqual([
      'millrace_test_topic_bytes_total{topic="b",direction="in"} 2',
    ]);
  });

  test("shows the largest series of an open gauge as they are at each scrape, and the sum of the others", async () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(0);
    const metrics = new PromMetrics({ seriesMax: 2 });
    const { millrace_test_lag_records: lag } = metrics.register(catalogue);
    let lags: Record<string, number> = { a: 1, b: 30, c: 2, d: 40 };
    metrics.onCollect(() => {
      for (const [group, value] of Object.entries(lags)) lag.set(value, { group });
    });
    expect(await scrape(metrics, "millrace_test_lag")).toEqual([
      'millrace_test_lag_records{group="d"} 40',
      'millrace_test_lag_records{group="b"} 30',
      'millrace_test_lag_records{group="other"} 3',
    ]);
    lags = { a: 5 };
    now.mockReturnValue(1_000);
    expect(await scrape(metrics, "millrace_test_lag")).toEqual(['millrace_test_lag_records{group="a"} 5']);
  });

  test("collects once a second, however many ask, and survives a collector that throws", async () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(0);
    const errors: unknown[] = [];
    const metrics = new PromMetrics({ onError: (error) => errors.push(error) });
    let collected = 0;
    metrics.onCollect(() => {
      throw new Error("broken");
    });
    metrics.onCollect(() => {
      collected += 1;
    });
    await Promise.all([metrics.text(), metrics.text()]);
    now.mockReturnValue(999);
    await metrics.text();
    expect([collected, errors.length]).toEqual([1, 1]);
    now.mockReturnValue(1_000);
    await metrics.text();
    expect([collected, errors.length]).toEqual([2, 2]);
  });

  test("lets other work go between the metrics of a long text", async () => {
    const metrics = new PromMetrics();
    metrics.register(catalogue);
    await metrics.registry(); // prom-client is loaded
    let nowMs = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      nowMs += 6;
      return nowMs;
    });
    let turns = 0;
    let rendering = true;
    const count = (): void => {
      turns += 1;
      if (rendering) setImmediate(count);
    };
    setImmediate(count);
    await metrics.text();
    rendering = false;
    expect(turns).toBeGreaterThanOrEqual(Object.keys(catalogue).length);
  });

  test("a name registered twice is one metric, and has to mean the same", () => {
    const metrics = new PromMetrics();
    expect(metrics.register(catalogue).millrace_test_open).toBe(
      metrics.register(catalogue).millrace_test_open,
    );
    const different = { millrace_test_open: { kind: "counter", help: "Open.", labels: {} } } as const;
    expect(() => metrics.register(different)).toThrow("one metric, two definitions");
  });

  test("two nodes in a process share nothing", async () => {
    const [one, other] = [new PromMetrics(), new PromMetrics()];
    one.register(catalogue).millrace_test_open.set(1);
    other.register(catalogue).millrace_test_open.set(2);
    expect(await scrape(one, "millrace_test_open")).toEqual(["millrace_test_open 1"]);
    expect(await scrape(other, "millrace_test_open")).toEqual(["millrace_test_open 2"]);
  });

  test("label values are escaped", async () => {
    const metrics = new PromMetrics();
    metrics.register(catalogue).millrace_test_topic_bytes_total.add(1, { topic: 'a"\n\\', direction: "in" });
    expect(await scrape(metrics, "millrace_test_topic")).toEqual([
      'millrace_test_topic_bytes_total{topic="a\\"\\n\\\\",direction="in"} 1',
    ]);
  });
});

test("process metrics tell what the process costs, until they are stopped", async () => {
  const metrics = new PromMetrics();
  const stop = registerProcessMetrics(metrics);
  const text = await metrics.text();
  stop();
  const value = (name: string): number => Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
  expect(value("process_resident_memory_bytes")).toBeGreaterThan(10e6);
  expect(value("process_cpu_user_seconds_total")).toBeGreaterThan(0);
  expect(value("nodejs_eventloop_lag_max_seconds")).toBeGreaterThanOrEqual(0);
  expect(value("nodejs_eventloop_utilization_ratio")).toBeLessThanOrEqual(1);
});
