import type { MetricDefinition } from "@millrace/runtime";
import { type Labels, type Series, SeriesTable } from "./series-table.ts";

/** A value as prom-client renders it. */
export interface SampleValue {
  readonly value: number;
  readonly labels: Labels;
  /** When it is not the metric's own: `_bucket`, `_sum` and `_count` of a histogram. */
  readonly metricName?: string;
}

/** A metric's samples, kept as plain numbers: prom-client sees them only when it is scraped. */
export interface Samples {
  values(): readonly SampleValue[];
  /** How many label sets share `other`. */
  readonly cut: number;
  /** Before the values of a scrape are set. */
  beginCollect(): void;
}

interface Cell {
  value: number;
}

const makeCell = (): Cell => ({ value: 0 });

export class CounterSamples implements Samples {
  readonly #series: SeriesTable<Cell>;

  constructor(definition: MetricDefinition, seriesMax: number) {
    this.#series = new SeriesTable(definition.labels, seriesMax, makeCell);
  }

  get cut(): number {
    return this.#series.cut;
  }

  /** What is not a positive number is not counted. */
  add(value: number, labels?: Labels): void {
    const cell = this.#series.cell(labels);
    if (cell !== undefined && value > 0) cell.value += value;
  }

  forget(labels?: Labels): void {
    this.#series.forget(labels);
  }

  beginCollect(): void {}

  values(): readonly SampleValue[] {
    return this.#series.all().map(toValue);
  }
}

/** An open one shows its largest series, the lag or traffic that matters, and the others as a sum. */
export class GaugeSamples implements Samples {
  readonly #definition: MetricDefinition;
  readonly #seriesMax: number;
  /** Unbounded, but only from `beginCollect` on: what is set again for a scrape is what there is. */
  readonly #series: SeriesTable<Cell>;

  constructor(definition: MetricDefinition, seriesMax: number) {
    this.#definition = definition;
    this.#seriesMax = seriesMax;
    this.#series = new SeriesTable(definition.labels, Number.POSITIVE_INFINITY, makeCell);
  }

  get cut(): number {
    return this.#series.isOpen ? Math.max(0, this.#series.size - this.#seriesMax) : 0;
  }

  set(value: number, labels?: Labels): void {
    const cell = this.#series.cell(labels);
    if (cell !== undefined) cell.value = value;
  }

  beginCollect(): void {
    if (this.#series.isOpen) this.#series.clear();
  }

  values(): readonly SampleValue[] {
    if (this.cut === 0) return this.#series.all().map(toValue);
    const shown = new SeriesTable(this.#definition.labels, this.#seriesMax, makeCell);
    for (const { labels, cell } of this.#series.all().toSorted((a, b) => b.cell.value - a.cell.value)) {
      const into = shown.cell(labels); // its own while there is room, then `other`
      if (into !== undefined) into.value += cell.value;
    }
    return shown.all().map(toValue);
  }
}

interface HistogramCell {
  /** By bucket, each counting what is above the bound before it; the last is above all bounds. */
  readonly counts: Float64Array;
  sum: number;
}

/** prom-client's own, for durations in seconds. */
const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class HistogramSamples implements Samples {
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #series: SeriesTable<HistogramCell>;

  constructor(name: string, definition: MetricDefinition, seriesMax: number) {
    const bounds = definition.buckets ?? defaultBuckets;
    this.#name = name;
    this.#bounds = bounds;
    const makeHistogram = (): HistogramCell => ({ counts: new Float64Array(bounds.length + 1), sum: 0 });
    this.#series = new SeriesTable(definition.labels, seriesMax, makeHistogram);
  }

  get cut(): number {
    return this.#series.cut;
  }

  observe(value: number, labels?: Labels): void {
    const cell = this.#series.cell(labels);
    if (cell === undefined || Number.isNaN(value)) return;
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket += 1;
    cell.counts[bucket] = (cell.counts[bucket] as number) + 1;
    cell.sum += value;
  }

  forget(labels?: Labels): void {
    this.#series.forget(labels);
  }

  beginCollect(): void {}

  values(): readonly SampleValue[] {
    return this.#series.all().flatMap(({ labels, cell }) => this.#valuesOf(labels, cell));
  }

  #valuesOf(labels: Labels, cell: HistogramCell): readonly SampleValue[] {
    const values: SampleValue[] = [];
    let count = 0;
    for (const [bucket, inBucket] of cell.counts.entries()) {
      count += inBucket;
      const le = String(this.#bounds[bucket] ?? "+Inf");
      values.push({ metricName: `${this.#name}_bucket`, labels: { ...labels, le }, value: count });
    }
    values.push({ metricName: `${this.#name}_sum`, labels, value: cell.sum });
    values.push({ metricName: `${this.#name}_count`, labels, value: count });
    return values;
  }
}

function toValue({ labels, cell }: Series<Cell>): SampleValue {
  return { labels, value: cell.value };
}
