import type { MetadataRecord } from "@millrace/proto/metadata";
import type { PartitionState } from "./partition-table.ts";
import { metadataRecord } from "./records.ts";
import { type Uuid, uuidToBytes } from "./uuid.ts";

/** Keeps a record of three replicas a partition below 150 KiB. */
const PARTITIONS_PER_RECORD = 4_096;

/** Consecutive partitions of a topic, from `firstPartition` on, as records of columns. */
export function* partitionRecords(
  topicId: Uuid,
  firstPartition: number,
  partitions: Iterable<PartitionState>,
): Generator<MetadataRecord> {
  let chunk: PartitionState[] = [];
  let first = firstPartition;
  for (const partition of partitions) {
    chunk.push(partition);
    if (chunk.length < PARTITIONS_PER_RECORD) continue;
    yield partitionsRecord(topicId, first, chunk);
    first += chunk.length;
    chunk = [];
  }
  if (chunk.length > 0) yield partitionsRecord(topicId, first, chunk);
}

function partitionsRecord(
  topicId: Uuid,
  firstPartition: number,
  partitions: readonly PartitionState[],
): MetadataRecord {
  return metadataRecord({
    case: "partitions",
    value: {
      topicId: uuidToBytes(topicId),
      firstPartition,
      leaders: partitions.map(({ leader }) => leader),
      leaderEpochs: partitions.map(({ leaderEpoch }) => leaderEpoch),
      partitionEpochs: partitions.map(({ partitionEpoch }) => partitionEpoch),
      replicaCounts: partitions.map(({ replicas }) => replicas.length),
      replicas: partitions.flatMap(({ replicas }) => replicas),
      isrCounts: partitions.map(({ isr }) => isr.length),
      isr: partitions.flatMap(({ isr }) => isr),
      elrCounts: partitions.map(({ elr }) => elr.length),
      elr: partitions.flatMap(({ elr }) => elr),
    },
  });
}
