/** Label names with all their values: cardinality is known before the program runs. */
export type LabelValues = Readonly<Record<string, readonly string[]>>;

export interface MetricDefinition {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Empty when there are none. An empty list of values stands for a capped open set (topics, groups). */
  readonly labels: LabelValues;
  /** Histograms only: upper bounds, ascending. */
  readonly buckets?: readonly number[];
}

/** A package's metrics, in one file: keys are full names, `millrace_<package>_<what>_<unit>`. */
export type MetricCatalogue = Readonly<Record<string, MetricDefinition>>;

type LabelsOf<D extends MetricDefinition> = { readonly [K in keyof D["labels"]]: string };

type LabelsArgument<L> = Record<never, never> extends L ? [] | [L] : [L];

export interface Counter<L> {
  add(value: number, ...labels: LabelsArgument<L>): void;
  /** Drops the series of something that is gone, a topic or a group, so that another may have its place. */
  forget(...labels: LabelsArgument<L>): void;
}
/** With an open label it is set from `onCollect` only, for all that there is: a series not set again is gone. */
export interface Gauge<L> {
  set(value: number, ...labels: LabelsArgument<L>): void;
}
export interface Histogram<L> {
  observe(value: number, ...labels: LabelsArgument<L>): void;
  /** As for a counter. */
  forget(...labels: LabelsArgument<L>): void;
}

export type MetricsOf<C extends MetricCatalogue> = {
  readonly [K in keyof C]: C[K]["kind"] extends "counter"
    ? Counter<LabelsOf<C[K]>>
    : C[K]["kind"] extends "gauge"
      ? Gauge<LabelsOf<C[K]>>
      : Histogram<LabelsOf<C[K]>>;
};

/** Keeps the literal types of a catalogue, so that a wrong metric or label name does not compile. */
export function defineMetrics<const C extends MetricCatalogue>(catalogue: C): C {
  return catalogue;
}

/** A node's registry: prom-client's in a real process. */
export interface MetricsRegistry {
  register<C extends MetricCatalogue>(catalogue: C): MetricsOf<C>;
  /** Called before each scrape, to set gauges whose value is kept elsewhere. */
  onCollect(collect: () => void): void;
}

const noSample = { add: () => {}, set: () => {}, observe: () => {}, forget: () => {} };

export const noMetrics: MetricsRegistry = {
  register: <C extends MetricCatalogue>(catalogue: C) =>
    Object.fromEntries(Object.keys(catalogue).map((name) => [name, noSample])) as unknown as MetricsOf<C>,
  onCollect: () => {},
};
