import type { MetadataRecord, PartitionChangesRecord } from "@millrace/proto/metadata";
import type { MetadataState, Topic } from "./metadata-state.ts";
import type { PartitionChange } from "./partition-table.ts";
import { metadataRecord } from "./records.ts";
import { uuidToBytes } from "./uuid.ts";

export interface ChangedPartition {
  readonly partition: number;
  readonly change: PartitionChange;
}

/** Of `PartitionChangesRecord.leaders`. */
const LEADER_STAYS = -2;

/** From this level of `millrace.metadata.version` on, the changes of a topic are one record. */
const ONE_RECORD_A_TOPIC_LEVEL = 2;

/** Changes of partitions of one topic, ascending, as records that the finalized level allows. */
export function partitionChangeRecords(
  { features }: Pick<MetadataState, "features">,
  topic: Topic,
  changed: readonly ChangedPartition[],
): MetadataRecord[] {
  const level = features.get("millrace.metadata.version") ?? 0;
  if (level < ONE_RECORD_A_TOPIC_LEVEL) return changed.map((one) => recordOfOne(topic, one));
  return changed.length === 0 ? [] : [recordOfAll(topic, changed)];
}

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

function recordOfAll(topic: Topic, changed: readonly ChangedPartition[]): MetadataRecord {
  const column = (of: (change: PartitionChange) => number | undefined, unchanged: number): number[] => {
    if (changed.every(({ change }) => of(change) === undefined)) return [];
    return changed.map(({ change }) => of(change) ?? unchanged);
  };
  const lists = (of: (change: PartitionChange) => readonly number[] | undefined): number[] =>
    changed.flatMap(({ change }) => of(change) ?? []);
  return metadataRecord({
    case: "partitionChanges",
    value: {
      topicId: uuidToBytes(topic.id),
      partitions: changed.map(({ partition }) => partition),
      leaders: column(({ leader }) => leader, LEADER_STAYS),
      isrCounts: column(({ isr }) => isr?.length, 0),
      isr: lists(({ isr }) => isr),
      replicaCounts: column(({ replicas }) => replicas?.length, 0),
      replicas: lists(({ replicas }) => replicas),
      elrCounts: column(({ elr }) => elr && elr.length + 1, 0),
      elr: lists(({ elr }) => elr),
    },
  });
}

function recordOfOne(topic: Topic, { partition, change }: ChangedPartition): MetadataRecord {
  const { leader, isr, replicas, elr } = change;
  return metadataRecord({
    case: "partitionChange",
    value: {
      topicId: uuidToBytes(topic.id),
      partition,
      ...(leader !== undefined && { leader }),
      ...(isr !== undefined && { isr: { brokerIds: [...isr] } }),
      ...(replicas !== undefined && { replicas: { brokerIds: [...replicas] } }),
      ...(elr !== undefined && { elr: { brokerIds: [...elr] } }),
    },
  });
}
