import type { MetadataRecord } from "@millrace/proto/metadata";
import type { MetadataState } from "../image/metadata-state.ts";
import { PartitionChangesBuilder } from "../image/partition-changes.ts";

/** Partitions have eligible leaders from its level 1 on (KIP-966); at level 0 nobody needs to look at them all. */
const ELR_FEATURE = "eligible.leader.replicas.version";

/**
 * Takes a broker out of all sets of eligible leaders: it may have lost records that only these replicas have. All in
 * one decision, since it must not be elected in between.
 */
export function leaveElr(state: MetadataState, brokerId: number): MetadataRecord[] {
  if (!state.features.has(ELR_FEATURE)) return [];
  const records: MetadataRecord[] = [];
  for (const topic of state.topics.values()) {
    const { partitions } = topic;
    const { count } = partitions;
    const changes = new PartitionChangesBuilder();
    for (let partition = 0; partition < count; partition++) {
      if (!partitions.hasElr(partition)) continue;
      const elr = partitions.elr(partition);
      const left = elr.filter((id) => id !== brokerId);
      if (left.length < elr.length) changes.add(partition, { elr: left });
    }
    for (const record of changes.records(state, topic)) records.push(record);
  }
  return records;
}
