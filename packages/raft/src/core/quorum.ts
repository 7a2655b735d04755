import type { LogIndex } from "../entry.ts";

export function hasQuorum(votes: ReadonlySet<number>, voterIds: readonly number[]): boolean {
  return voterIds.filter((id) => votes.has(id)).length > voterIds.length / 2;
}

/** The highest index that a majority of voters has on disk; a voter that is not in `matchIndex` has nothing. */
export function quorumIndex(
  matchIndex: ReadonlyMap<number, LogIndex>,
  voterIds: readonly number[],
): LogIndex {
  const sorted = voterIds.map((id) => matchIndex.get(id) ?? 0).sort((a, b) => b - a);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
