import {
  assert,
  type MetricCatalogue,
  type MetricDefinition,
  type MetricsOf,
  type MetricsRegistry,
} from "@millrace/runtime";
import type { Metric, Registry } from "prom-client";
import { CounterSamples, GaugeSamples, HistogramSamples, type Samples } from "./samples.ts";

export interface PromMetricsOptions {
  /** Series of a metric with an open label (topic, group); the rest is summed as `other`. 1,000 unless set. */
  readonly seriesMax?: number;
  /** On every series, such as the node's id. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What a collect callback throws; the others run all the same. */
  readonly onError?: (error: unknown) => void;
}

/** How long a scrape's text serves other scrapes: several Prometheus servers cost no more than one. */
const textValidMs = 1_000;
/** Rendering gives way to other work after so long: 40,000 series took prom-client 62 ms. */
const sliceMs = 5;

interface Registered {
  readonly definition: MetricDefinition;
  readonly samples: Samples;
}

/**
 * A node's own registry. Samples are plain numbers in cells (adding one costs nanoseconds and allocates nothing);
 * prom-client turns them into text, and is loaded when somebody first asks for it.
 */
export class PromMetrics implements MetricsRegistry {
  readonly contentType = "text/plain; version=0.0.4; charset=utf-8";
  readonly #options: PromMetricsOptions;
  readonly #metrics = new Map<string, Registered>();
  readonly #collectors: (() => void)[] = [];
  #registry: Promise<Registry> | undefined;
  #text: { readonly at: number; readonly text: Promise<string> } | undefined;

  constructor(options: PromMetricsOptions = {}) {
    this.#options = options;
  }

  /** A name registered twice is one metric; both must define it alike. */
  register<C extends MetricCatalogue>(catalogue: C): MetricsOf<C> {
    const entries = Object.entries(catalogue).map(([name, definition]) => [
      name,
      this.#samples(name, definition),
    ]);
    return Object.fromEntries(entries) as MetricsOf<C>;
  }

  onCollect(collect: () => void): void {
    this.#collectors.push(collect);
  }

  /** What a scrape answers, in Prometheus' text format; at most a second old. */
  text(): Promise<string> {
    const now = performance.now();
    if (this.#text === undefined || now - this.#text.at >= textValidMs) {
      const text = this.#render();
      this.#text = { at: now, text };
      text.catch(() => {
        this.#text = undefined;
      });
    }
    return this.#text.text;
  }

  /** prom-client's own registry, for an application that serves it together with its own metrics. */
  async registry(): Promise<Registry> {
    this.#registry ??= this.#createRegistry();
    const registry = await this.#registry;
    for (const [name, { definition, samples }] of this.#metrics) {
      if (registry.getSingleMetric(name) === undefined)
        registry.registerMetric(toMetric(name, definition, samples));
    }
    return registry;
  }

  #samples(name: string, definition: MetricDefinition): Samples {
    const registered = this.#metrics.get(name);
    if (registered !== undefined) {
      assert(
        JSON.stringify(registered.definition) === JSON.stringify(definition),
        "one metric, two definitions",
      );
      return registered.samples;
    }
    const samples = makeSamples(name, definition, this.#options.seriesMax ?? 1_000);
    this.#metrics.set(name, { definition, samples });
    return samples;
  }

  async #createRegistry(): Promise<Registry> {
    const { default: prometheus } = await import("prom-client");
    const registry = new prometheus.Registry();
    if (this.#options.labels !== undefined) registry.setDefaultLabels(this.#options.labels);
    const cut = {
      kind: "gauge",
      help: "Series summed as 'other' because a metric with an open label has too many.",
      labels: { metric: [] },
    } as const;
    registry.registerMetric(
      toMetric("millrace_runtime_metric_series_cut", cut, { values: () => this.#cut() }),
    );
    return registry;
  }

  #cut() {
    return [...this.#metrics]
      .filter(([, { samples }]) => samples.cut > 0)
      .map(([metric, { samples }]) => ({ labels: { metric }, value: samples.cut }));
  }

  async #render(): Promise<string> {
    const registry = await this.registry();
    this.#collect();
    const parts: string[] = [];
    let sliceEndMs = performance.now() + sliceMs;
    for (const metric of registry.getMetricsAsArray()) {
      parts.push(await registry.getSingleMetricAsString(metric.name));
      if (performance.now() < sliceEndMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      sliceEndMs = performance.now() + sliceMs;
    }
    return `${parts.join("\n\n")}\n`;
  }

  #collect(): void {
    for (const { samples } of this.#metrics.values()) samples.beginCollect();
    for (const collect of this.#collectors) {
      try {
        collect();
      } catch (error) {
        this.#options.onError?.(error);
      }
    }
  }
}

function makeSamples(name: string, definition: MetricDefinition, seriesMax: number): Samples {
  switch (definition.kind) {
    case "counter":
      return new CounterSamples(definition, seriesMax);
    case "gauge":
      return new GaugeSamples(definition, seriesMax);
    case "histogram":
      return new HistogramSamples(name, definition, seriesMax);
  }
}

/** All that a registry of prom-client wants of a metric is its `get`; its types ask for one of its classes. */
function toMetric(name: string, definition: MetricDefinition, samples: Pick<Samples, "values">): Metric {
  const get = async () => ({
    name,
    help: definition.help,
    type: definition.kind,
    aggregator: "sum",
    values: samples.values(),
  });
  return { name, help: definition.help, type: definition.kind, aggregator: "sum", get } as unknown as Metric;
}
