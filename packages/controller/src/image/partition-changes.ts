import { create } from "@bufbuild/protobuf";
import { type MetadataRecord, PartitionChangesRecordSchema } from "@millrace/proto/metadata";
import { type ChangedPartition, changesOfRecord, LEADER_STAYS } from "./changes-of-record.ts";
import type { MetadataState, Topic } from "./metadata-state.ts";
import type { PartitionChange } from "./partition-state.ts";
import { metadataRecord } from "./records.ts";
import { uuidToBytes } from "./uuid.ts";

/** From this level of `millrace.metadata.version` on, the changes of a topic are one record. */
const ONE_RECORD_A_TOPIC_LEVEL = 2;

/** The partitions of one topic that change, on their way into records. */
export class PartitionChangesBuilder {
  readonly #partitions: number[] = [];
  readonly #leaders: number[] = [];
  readonly #isr = new ListsColumn(0);
  readonly #replicas = new ListsColumn(0);
  readonly #elr = new ListsColumn(1);
  #hasLeaders = false;

  /** In ascending order. */
  add(partition: number, { leader, isr, replicas, elr }: PartitionChange): void {
    this.#partitions.push(partition);
    this.#leaders.push(leader ?? LEADER_STAYS);
    if (leader !== undefined) this.#hasLeaders = true;
    this.#isr.push(isr);
    this.#replicas.push(replicas);
    this.#elr.push(elr);
  }

  /** None when nothing changes; as many as the finalized level asks for. */
  records({ features }: Pick<MetadataState, "features">, topic: Topic): MetadataRecord[] {
    if (this.#partitions.length === 0) return [];
    const value = create(PartitionChangesRecordSchema, {
      topicId: uuidToBytes(topic.id),
      partitions: this.#partitions,
      leaders: this.#hasLeaders ? this.#leaders : [],
      isrCounts: this.#isr.counts,
      isr: this.#isr.items,
      replicaCounts: this.#replicas.counts,
      replicas: this.#replicas.items,
      elrCounts: this.#elr.counts,
      elr: this.#elr.items,
    });
    const level = features.get("millrace.metadata.version") ?? 0;
    if (level >= ONE_RECORD_A_TOPIC_LEVEL) return [metadataRecord({ case: "partitionChanges", value })];
    return Array.from(changesOfRecord(value), (one) => recordOfOne(topic, one));
  }
}

/** Lists, some of them absent, on their way into a record. */
class ListsColumn {
  readonly items: number[] = [];
  readonly #counts: number[] = [];
  readonly #added: number;
  #hasAny = false;

  /** `added` to each count, where an empty list is not an absent one. */
  constructor(added: number) {
    this.#added = added;
  }

  /** Empty when all lists are absent. */
  get counts(): number[] {
    return this.#hasAny ? this.#counts : [];
  }

  push(list: readonly number[] | undefined): void {
    this.#counts.push(list === undefined ? 0 : list.length + this.#added);
    if (list === undefined) return;
    this.#hasAny = true;
    for (let i = 0; i < list.length; i++) this.items.push(list[i]!);
  }
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
