import type { Entry } from "../entry.ts";

/** The longest prefix whose payloads fit in `bytesMax`, but at least one entry. */
export function entriesWithin(entries: readonly Entry[], bytesMax: number): readonly Entry[] {
  let bytes = 0;
  const end = entries.findIndex((entry, i) => {
    bytes += entry.payload.length;
    return i > 0 && bytes > bytesMax;
  });
  return end === -1 ? entries : entries.slice(0, end);
}
