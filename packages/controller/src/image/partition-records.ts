import type { MetadataRecord } from "@millrace/proto/metadata";
import { columnsOfStates, type PartitionColumns } from "./partition-columns.ts";
import type { PartitionState } from "./partition-state.ts";
import type { PartitionTable } from "./partition-table.ts";
import { metadataRecord } from "./records.ts";
import { type Uuid, uuidToBytes } from "./uuid.ts";

/** Keeps a record of three replicas a partition below 150 KiB. */
const PARTITIONS_PER_RECORD = 4_096;

/** New partitions of a topic, from `firstPartition` on, as records of columns. */
export function* partitionRecords(
  topicId: Uuid,
  firstPartition: number,
  partitions: readonly PartitionState[],
): Generator<MetadataRecord> {
  for (let start = 0; start < partitions.length; start += PARTITIONS_PER_RECORD) {
    const columns = columnsOfStates(partitions.slice(start, start + PARTITIONS_PER_RECORD));
    yield partitionsRecord(topicId, firstPartition + start, columns);
  }
}

/** All partitions of a topic. */
export function* partitionTableRecords(topicId: Uuid, table: PartitionTable): Generator<MetadataRecord> {
  for (let first = 0; first < table.count; first += PARTITIONS_PER_RECORD) {
    const end = Math.min(table.count, first + PARTITIONS_PER_RECORD);
    yield partitionsRecord(topicId, first, table.columns(first, end));
  }
}

function partitionsRecord(topicId: Uuid, firstPartition: number, columns: PartitionColumns): MetadataRecord {
  return metadataRecord({
    case: "partitions",
    value: { topicId: uuidToBytes(topicId), firstPartition, ...columns },
  });
}
