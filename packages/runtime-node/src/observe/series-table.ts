import type { LabelValues } from "@millrace/runtime";

export type Labels = Readonly<Record<string, string>>;

export interface Series<Cell> {
  readonly labels: Labels;
  readonly cell: Cell;
}

/** Stands for all series of an open label beyond the bound. */
const otherValue = "other";
/** What is beyond the bound is remembered, to be counted, up to so many times the bound. */
const cutCountedFactor = 10;

/**
 * A metric's series by label values. Those of a closed metric (every label has its values listed) are all there
 * from the start, at zero, so that rates have a beginning; those of an open one come as they are named, up to
 * `seriesMax`, and what comes later shares a series called `other`.
 */
export class SeriesTable<Cell> {
  readonly isOpen: boolean;
  readonly #names: readonly string[];
  readonly #values: LabelValues;
  readonly #makeCell: () => Cell;
  readonly #seriesMax: number;
  readonly #series = new Map<string, Series<Cell>>();
  /** Beside `#series` and its bound; as many as the closed labels have values. */
  readonly #others = new Map<string, Series<Cell>>();
  /** Keys that share `other`, as far as they are counted. */
  readonly #cut = new Set<string>();
  readonly #single: Cell | undefined;

  constructor(values: LabelValues, seriesMax: number, makeCell: () => Cell) {
    this.#names = Object.keys(values);
    this.#values = values;
    this.#makeCell = makeCell;
    this.#seriesMax = seriesMax;
    this.isOpen = this.#names.some((name) => values[name]?.length === 0);
    if (!this.isOpen) for (const labels of combinations(values)) this.#add(this.#series, labels);
    this.#single = this.#names.length === 0 ? this.#series.get("")?.cell : undefined;
  }

  get size(): number {
    return this.#series.size;
  }

  /** How many label sets share `other`; counted up to ten times `seriesMax`. */
  get cut(): number {
    return this.#cut.size;
  }

  /** Undefined for a value that the catalogue does not list: a sample never breaks what it measures. */
  cell(labels: Labels | undefined): Cell | undefined {
    if (this.#single !== undefined) return this.#single;
    if (labels === undefined) return undefined;
    const key = this.#key(labels);
    const found = this.#series.get(key)?.cell;
    if (found !== undefined || !this.isOpen || !this.#isListed(labels)) return found;
    const shared = this.#copy(labels, () => otherValue);
    const sharedKey = this.#key(shared);
    // A topic that is itself called "other" shares the series, since it cannot have a second one of that name.
    if (this.#series.size < this.#seriesMax && key !== sharedKey) {
      return this.#add(
        this.#series,
        this.#copy(labels, (value) => value),
      );
    }
    if (this.#cut.size < this.#seriesMax * cutCountedFactor) this.#cut.add(key);
    return this.#others.get(sharedKey)?.cell ?? this.#add(this.#others, shared);
  }

  forget(labels: Labels | undefined): void {
    if (labels === undefined || !this.isOpen) return;
    const key = this.#key(labels);
    this.#series.delete(key);
    this.#cut.delete(key);
  }

  clear(): void {
    this.#series.clear();
    this.#others.clear();
    this.#cut.clear();
  }

  all(): readonly Series<Cell>[] {
    return [...this.#series.values(), ...this.#others.values()];
  }

  #key(labels: Labels): string {
    let key = "";
    for (const name of this.#names) key += `${labels[name] ?? ""}\0`;
    return this.#names.length === 0 ? "" : key;
  }

  #isListed(labels: Labels): boolean {
    return this.#names.every((name) => {
      const listed = this.#values[name] ?? [];
      return listed.length === 0 || listed.includes(labels[name] ?? "");
    });
  }

  /** Own labels only, the open ones changed. */
  #copy(labels: Labels, change: (value: string) => string): Labels {
    const copied = this.#names.map((name) => {
      const value = labels[name] ?? "";
      return [name, this.#values[name]?.length === 0 ? change(value) : value] as const;
    });
    return Object.fromEntries(copied);
  }

  #add(series: Map<string, Series<Cell>>, labels: Labels): Cell {
    const cell = this.#makeCell();
    series.set(this.#key(labels), { labels, cell });
    return cell;
  }
}

function combinations(values: LabelValues): readonly Labels[] {
  let all: Labels[] = [{}];
  for (const [name, listed] of Object.entries(values)) {
    all = all.flatMap((labels) => listed.map((value) => ({ ...labels, [name]: value })));
  }
  return all;
}
