import type { MetadataRecord } from "@millrace/proto/metadata";
import type { MetadataState } from "../image/metadata-state.ts";
import { NO_LEADER, type PartitionState } from "../image/partition-table.ts";
import { metadataRecord } from "../image/records.ts";
import { type Uuid, uuidToBytes } from "../image/uuid.ts";

/** Whether a broker may lead, as it will be when the records of the decision have taken effect. */
export type MayLead = (brokerId: number) => boolean;

/** Brokers that are neither fenced nor on their way out; `changed` has the ids for which that is about to change. */
export function mayLead(state: MetadataState, changed: ReadonlyMap<number, boolean>): MayLead {
  return (brokerId) => {
    const soon = changed.get(brokerId);
    if (soon !== undefined) return soon;
    const broker = state.brokers.get(brokerId);
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
  };
}

/**
 * Takes a broker out of all leaderships and in-sync sets. The last in-sync replica stays in its set, without leading:
 * it alone has every acknowledged record, and leads again when it is back.
 */
export function* partitionsWithout(
  state: MetadataState,
  broker: number,
  eligible: MayLead,
): Generator<MetadataRecord> {
  for (const { topicId, index, partition } of partitionsOf(state, broker)) {
    if (partition.leader !== broker && !partition.isr.includes(broker)) continue;
    const others = partition.isr.filter((id) => id !== broker);
    const isr = others.length > 0 ? others : partition.isr;
    const leader =
      partition.leader === broker ? electLeader({ ...partition, isr }, eligible) : partition.leader;
    if (leader === partition.leader && isr === partition.isr) continue;
    yield partitionChange(topicId, index, partition, { leader, isr });
  }
}

/** Leaders for partitions that have none and may now have the broker. */
export function* partitionsRegained(
  state: MetadataState,
  broker: number,
  eligible: MayLead,
): Generator<MetadataRecord> {
  for (const { topicId, index, partition } of partitionsOf(state, broker)) {
    if (partition.leader !== NO_LEADER) continue;
    const leader = electLeader(partition, eligible);
    if (leader !== NO_LEADER)
      yield partitionChange(topicId, index, partition, { leader, isr: partition.isr });
  }
}

export function leadsAnything(state: MetadataState, broker: number): boolean {
  for (const topic of state.topics.values()) {
    for (let index = 0; index < topic.partitions.count; index++) {
      if (topic.partitions.leader(index) === broker) return true;
    }
  }
  return false;
}

/** The first replica in sync that may lead. */
function electLeader({ replicas, isr }: PartitionState, eligible: MayLead): number {
  return replicas.find((id) => isr.includes(id) && eligible(id)) ?? NO_LEADER;
}

function partitionChange(
  topicId: Uuid,
  partition: number,
  before: PartitionState,
  after: Pick<PartitionState, "leader" | "isr">,
): MetadataRecord {
  return metadataRecord({
    case: "partitionChange",
    value: {
      topicId: uuidToBytes(topicId),
      partition,
      ...(after.leader === before.leader ? {} : { leader: after.leader }),
      ...(after.isr === before.isr ? {} : { isr: { brokerIds: [...after.isr] } }),
    },
  });
}

function* partitionsOf(
  state: MetadataState,
  broker: number,
): Generator<{ topicId: Uuid; index: number; partition: PartitionState }> {
  for (const { id, partitions } of state.topics.values()) {
    for (let index = 0; index < partitions.count; index++) {
      if (!partitions.hasReplica(index, broker)) continue;
      yield { topicId: id, index, partition: partitions.get(index) };
    }
  }
}
