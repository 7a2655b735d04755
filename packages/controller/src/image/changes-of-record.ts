import type { PartitionChangesRecord } from "@millrace/proto/metadata";
import type { PartitionChange } from "./partition-state.ts";

export interface ChangedPartition {
  readonly partition: number;
  readonly change: PartitionChange;
}

/** Of `PartitionChangesRecord.leaders`. */
export const LEADER_STAYS = -2;

/** The changes in a record. */
export function* changesOfRecord(record: PartitionChangesRecord): Generator<ChangedPartition> {
  const isr = new Lists(record.isr);
  const replicas = new Lists(record.replicas);
  const elr = new Lists(record.elr);
  for (let i = 0; i < record.partitions.length; i++) {
    const change: { -readonly [Field in keyof PartitionChange]: PartitionChange[Field] } = {};
    const leader = record.leaders[i] ?? LEADER_STAYS;
    const isrCount = record.isrCounts[i] ?? 0;
    const replicaCount = record.replicaCounts[i] ?? 0;
    const elrCount = record.elrCounts[i] ?? 0;
    if (leader !== LEADER_STAYS) change.leader = leader;
    if (isrCount > 0) change.isr = isr.next(isrCount);
    if (replicaCount > 0) change.replicas = replicas.next(replicaCount);
    if (elrCount > 0) change.elr = elr.next(elrCount - 1);
    yield { partition: record.partitions[i]!, change };
  }
}

/** Lists that lie one after the other. */
class Lists {
  readonly #items: readonly number[];
  #start = 0;

  constructor(items: readonly number[]) {
    this.#items = items;
  }

  next(count: number): number[] {
    const start = this.#start;
    this.#start += count;
    return this.#items.slice(start, this.#start);
  }
}
