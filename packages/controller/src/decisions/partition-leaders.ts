import type { MetadataRecord } from "@millrace/proto/metadata";
import type { MetadataState, Topic } from "../image/metadata-state.ts";
import { NO_LEADER, type PartitionState } from "../image/partition-table.ts";
import { metadataRecord } from "../image/records.ts";
import { uuidToBytes } from "../image/uuid.ts";
import type { MetadataAcceptance } from "./metadata-decision.ts";

/**
 * Leader changes in one decision: each becomes one entry of the log and one step of every observer. What is left over
 * is found again from the state, by whoever is the active controller then.
 */
export const LEADER_CHANGES_PER_DECISION_MAX = 5_000;

/** Whether a broker may lead and be in sync, as it will be when the records of the decision have taken effect. */
export type InService = (brokerId: number) => boolean;

/** Brokers that are neither fenced nor on their way out; `soon` says it of one broker that the decision changes. */
export function inService(
  state: MetadataState,
  soon?: { readonly brokerId: number; readonly inService: boolean },
): InService {
  const known = new Map<number, boolean>();
  for (const { id, fenced, inControlledShutdown } of state.brokers.values()) {
    known.set(id, !fenced && !inControlledShutdown);
  }
  if (soon !== undefined) known.set(soon.brokerId, soon.inService);
  return (brokerId) => known.get(brokerId) === true;
}

export interface LeaderChanges {
  readonly records: readonly MetadataRecord[];
  /** There are others to make than fit into one decision. */
  readonly more: boolean;
}

/** Every partition led by a broker in service, if it has one in sync, and in-sync sets of such brokers only. */
export function leaderChanges(state: MetadataState, serves: InService): LeaderChanges {
  const records: MetadataRecord[] = [];
  for (const topic of state.topics.values()) {
    const { partitions } = topic;
    for (let index = 0; index < partitions.count; index++) {
      if (serves(partitions.leader(index)) && partitions.isrEvery(index, serves)) continue;
      const change = changeOf(topic, index, serves);
      if (change === undefined) continue;
      if (records.length === LEADER_CHANGES_PER_DECISION_MAX) return { records, more: true };
      records.push(change);
    }
  }
  return { records, more: false };
}

/** Goes on with what earlier decisions left over. The response says whether there is still more. */
export function decideLeaderChanges(state: MetadataState): MetadataAcceptance<boolean> {
  const { records, more } = leaderChanges(state, inService(state));
  return { records, response: more };
}

export function leadsAnything(state: MetadataState, broker: number): boolean {
  for (const { partitions } of state.topics.values()) {
    for (let index = 0; index < partitions.count; index++) {
      if (partitions.leader(index) === broker) return true;
    }
  }
  return false;
}

/**
 * When nobody in sync is in service the in-sync set stays as it is, without a leader: only its members have every
 * acknowledged record, and the first that is back leads.
 */
function changeOf(topic: Topic, index: number, serves: InService): MetadataRecord | undefined {
  const before = topic.partitions.get(index);
  const serving = before.isr.filter(serves);
  const isr = serving.length > 0 ? serving : before.isr;
  const leader = serves(before.leader) ? before.leader : (serving[0] ?? NO_LEADER);
  if (leader === before.leader && isr.length === before.isr.length) return undefined;
  return partitionChange(topic, index, before, { leader, isr });
}

function partitionChange(
  topic: Topic,
  partition: number,
  before: PartitionState,
  after: Pick<PartitionState, "leader" | "isr">,
): MetadataRecord {
  return metadataRecord({
    case: "partitionChange",
    value: {
      topicId: uuidToBytes(topic.id),
      partition,
      ...(after.leader === before.leader ? {} : { leader: after.leader }),
      ...(after.isr.length === before.isr.length ? {} : { isr: { brokerIds: [...after.isr] } }),
    },
  });
}
