const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long ago, in the largest unit that says something; undefined is never. */
export function age(ms: number | undefined): string {
  if (ms === undefined) return "never";
  if (ms < SECOND) return `${Math.round(ms)} ms ago`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  return `${Math.floor(ms / HOUR)} h ago`;
}
