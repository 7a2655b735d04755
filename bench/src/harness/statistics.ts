/** Of several runs: the median to quote, with how far they were apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return { median: (upper + lower) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

const digits = (value: number): number => Number(value.toPrecision(4));

/** Figures as they are printed: four digits. */
export const rounded = (s: Spread): Spread => ({
  median: digits(s.median),
  min: digits(s.min),
  max: digits(s.max),
});

/** The ratio of two runs that were made one after the other, so that the machine's moods cancel out. */
export function ratios(ours: readonly number[], theirs: readonly number[]): Spread {
  return spread(ours.map((value, run) => value / (theirs[run] ?? Number.NaN)));
}
