import { assert } from "@millrace/runtime";

declare const unit: unique symbol;

/** The place of a record in its partition. `lastOffset` is inclusive, `endOffset` exclusive. */
export type Offset = number & { readonly [unit]: "offset" };

/** Counts the leaders of a partition, from 0; -1 while there was none. */
export type LeaderEpoch = number & { readonly [unit]: "leaderEpoch" };

/** No leader yet, or none known. */
export const NO_LEADER_EPOCH = -1 as LeaderEpoch;

/** For values of our own. What a peer sent is narrowed with a typed error first. */
export function offset(value: number): Offset {
  assert(Number.isSafeInteger(value) && value >= 0, "not an offset");
  return value as Offset;
}

export function leaderEpoch(value: number): LeaderEpoch {
  assert(Number.isInteger(value) && value >= -1, "not a leader epoch");
  return value as LeaderEpoch;
}
