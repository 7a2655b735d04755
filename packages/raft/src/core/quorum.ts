import type { LogIndex } from "../entry.ts";

type IsMajority = (count: number, voters: number) => boolean;

/** The highest index that a majority has reached; `matches` has one for each voter. 0 without voters. */
export function quorumIndex(matches: readonly LogIndex[], isMajority: IsMajority): LogIndex {
  const sorted = matches.toSorted((a, b) => b - a);
  return sorted.find((_, i) => isMajority(i + 1, sorted.length)) ?? 0;
}
