import type { MetadataRecord } from "@millrace/proto/metadata";
import type { MetadataState, Topic } from "../image/metadata-state.ts";
import { PartitionChangesBuilder } from "../image/partition-changes.ts";
import type { PartitionChange } from "../image/partition-state.ts";
import { NO_LEADER, type PartitionTable } from "../image/partition-table.ts";
import type { MetadataAcceptance } from "./metadata-decision.ts";

/**
 * Partitions that one decision changes, and looks at: a decision is one entry of the log and one step of every
 * observer, and while it is made nothing else goes on. What is left over is found again from the state, by whoever is
 * the active controller then.
 */
export const LEADER_CHANGES_PER_DECISION_MAX = 5_000;
export const PARTITIONS_SEEN_PER_DECISION_MAX = 50_000;

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
  /** Whether a leader is among what changes, not in-sync sets alone. */
  readonly movesLeaders: boolean;
  /** Not all partitions were looked at: there may be others to change than fit into one decision. */
  readonly more: boolean;
}

/** Every partition led by a broker in service, if it has one in sync, and in-sync sets of such brokers only. */
export function leaderChanges(state: MetadataState, serves: InService): LeaderChanges {
  const scan = new LeaderScan(state, serves);
  for (const topic of state.topics.values()) {
    if (scan.take(topic, 0) < topic.partitions.count) return { ...scan.found, more: true };
  }
  return { ...scan.found, more: false };
}

/** A place in a list of topics: all before it have been looked at. */
export interface LeaderCursor {
  readonly topic: number;
  readonly partition: number;
}

export interface LeaderSearch {
  /** Where it goes on; the beginning when left out. */
  readonly from?: LeaderCursor | undefined;
  /** Passes over partitions whose leader is in service, though others of their in-sync sets are not: they can wait. */
  readonly leaderlessOnly?: boolean;
}

/** What changes in a list of topics; the response is where to go on, undefined at the end. */
export function decideLeaderChanges(
  state: MetadataState,
  topicNames: readonly string[],
  { from = { topic: 0, partition: 0 }, leaderlessOnly = false }: LeaderSearch = {},
): MetadataAcceptance<LeaderCursor | undefined> {
  const scan = new LeaderScan(state, inService(state), leaderlessOnly);
  for (let index = from.topic; index < topicNames.length; index++) {
    const topic = state.topics.get(topicNames[index]!);
    if (topic === undefined) continue;
    const partition = scan.take(topic, index === from.topic ? from.partition : 0);
    if (partition < topic.partitions.count) {
      return { records: scan.found.records, response: { topic: index, partition } };
    }
  }
  return { records: scan.found.records, response: undefined };
}

/** Gathers what changes, within the bounds of one decision. */
class LeaderScan {
  readonly #state: MetadataState;
  readonly #serves: InService;
  readonly #leaderlessOnly: boolean;
  readonly #records: MetadataRecord[] = [];
  #movesLeaders = false;
  #changesLeft = LEADER_CHANGES_PER_DECISION_MAX;
  #seenLeft = PARTITIONS_SEEN_PER_DECISION_MAX;

  constructor(state: MetadataState, serves: InService, leaderlessOnly = false) {
    this.#state = state;
    this.#serves = serves;
    this.#leaderlessOnly = leaderlessOnly;
  }

  get found(): Pick<LeaderChanges, "records" | "movesLeaders"> {
    return { records: this.#records, movesLeaders: this.#movesLeaders };
  }

  /** Looks at partitions of a topic from `first` on; returns the first that there was no room for. */
  take(topic: Topic, first: number): number {
    const { partitions } = topic;
    const changes = new PartitionChangesBuilder();
    let index = first;
    for (; index < partitions.count && this.#changesLeft > 0 && this.#seenLeft > 0; index++) {
      this.#seenLeft--;
      if (this.#leaderlessOnly && this.#serves(partitions.leader(index))) continue;
      const change = changeOf(partitions, index, this.#serves);
      if (change === undefined) continue;
      changes.add(index, change);
      this.#changesLeft--;
      if (change.leader !== undefined) this.#movesLeaders = true;
    }
    for (const record of changes.records(this.#state, topic)) this.#records.push(record);
    return index;
  }
}

/**
 * When nobody in sync is in service the in-sync set stays as it is, without a leader: only its members have every
 * acknowledged record, and the first that is back leads.
 */
function changeOf(partitions: PartitionTable, index: number, serves: InService): PartitionChange | undefined {
  const before = partitions.leader(index);
  const allServe = partitions.isrEvery(index, serves);
  if (allServe && serves(before)) return undefined;
  const serving = partitions.isrWhere(index, serves);
  const shrinks = !allServe && serving.length > 0;
  const leader = serves(before) ? before : (serving[0] ?? NO_LEADER);
  if (leader === before && !shrinks) return undefined;
  return { ...(leader !== before && { leader }), ...(shrinks && { isr: serving }) };
}
