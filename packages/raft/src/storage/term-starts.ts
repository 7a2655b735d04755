import type { EntryId, TermStart } from "../entry.ts";

/** Where each term begins in a run of consecutive entries. */
export function termStartsOf(entries: Iterable<EntryId>): TermStart[] {
  const starts: TermStart[] = [];
  for (const { index, term } of entries) {
    if (starts.at(-1)?.term !== term) starts.push({ term, firstIndex: index });
  }
  return starts;
}
