import { assert } from "@millrace/runtime";

/** Where a partition's cells are in its row; the replicas follow, as many as the table has room for. */
export const LEADER = 0;
export const LEADER_EPOCH = 1;
export const PARTITION_EPOCH = 2;
/** Bits over the positions of the replicas. */
export const ISR = 3;
export const ELR = 4;
export const REPLICAS = 5;

/** Fills the cells of replicas that a partition does not have. */
export const NO_REPLICA = -1;

/** A partition's leader when it has none. */
export const NO_LEADER = -1;

/** A partition's replicas must fit the bits of one cell. */
export const REPLICAS_PER_PARTITION_MAX = 32;

/** Members of the ISR or ELR as bits. `replicas` lie in `cells` from `first` on, `count` of them. */
export function bitsOf(
  members: ArrayLike<number>,
  firstMember: number,
  memberCount: number,
  cells: ArrayLike<number>,
  first: number,
  count: number,
): number {
  let bits = 0;
  for (let m = firstMember; m < firstMember + memberCount; m++) {
    let position = 0;
    while (position < count && cells[first + position] !== members[m]) position++;
    assert(position < count, "a member of the ISR or ELR is not a replica");
    bits |= 1 << position;
  }
  return bits;
}

/** What holds in every row. */
export function assertSound(row: ArrayLike<number>, start: number, replicaCount: number): void {
  assert(replicaCount > 0, "a partition without replicas");
  const isr = row[start + ISR]!;
  assert((isr & row[start + ELR]!) === 0, "a replica is in both ISR and ELR");
  const leader = row[start + LEADER]!;
  if (leader === NO_LEADER) return;
  let position = 0;
  while (position < replicaCount && row[start + REPLICAS + position] !== leader) position++;
  assert(position < replicaCount && (isr & (1 << position)) !== 0, "the leader is not in sync");
}
