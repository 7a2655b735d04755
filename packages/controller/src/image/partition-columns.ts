import type { PartitionsRecord } from "@millrace/proto/metadata";
import { assert } from "@millrace/runtime";
import {
  assertSound,
  bitsOf,
  ELR,
  ISR,
  LEADER,
  LEADER_EPOCH,
  NO_REPLICA,
  PARTITION_EPOCH,
  REPLICAS,
} from "./partition-row.ts";
import type { PartitionState } from "./partition-state.ts";

/** Partitions as a record has them: a list a property, those of replicas one after the other. */
export type PartitionColumns = Pick<
  PartitionsRecord,
  | "leaders"
  | "leaderEpochs"
  | "partitionEpochs"
  | "replicaCounts"
  | "replicas"
  | "isrCounts"
  | "isr"
  | "elrCounts"
  | "elr"
>;

/** Rows with room for `replicasMax` replicas, checked. */
export function rowsOfColumns(columns: PartitionColumns, replicasMax: number): Int32Array {
  const { leaders, leaderEpochs, partitionEpochs, replicaCounts, isrCounts, elrCounts } = columns;
  const rowLength = REPLICAS + replicasMax;
  const rows = new Int32Array(leaders.length * rowLength);
  let [replica, isr, elr] = [0, 0, 0];
  for (let i = 0; i < leaders.length; i++) {
    const start = i * rowLength;
    const [replicaCount, isrCount, elrCount] = [replicaCounts[i] ?? 0, isrCounts[i] ?? 0, elrCounts[i] ?? 0];
    rows[start + LEADER] = leaders[i]!;
    rows[start + LEADER_EPOCH] = leaderEpochs[i] ?? 0;
    rows[start + PARTITION_EPOCH] = partitionEpochs[i] ?? 0;
    for (let position = 0; position < replicasMax; position++) {
      rows[start + REPLICAS + position] =
        position < replicaCount ? columns.replicas[replica + position]! : NO_REPLICA;
    }
    rows[start + ISR] = bitsOf(columns.isr, isr, isrCount, rows, start + REPLICAS, replicaCount);
    rows[start + ELR] = bitsOf(columns.elr, elr, elrCount, rows, start + REPLICAS, replicaCount);
    assertSound(rows, start, replicaCount);
    replica += replicaCount;
    isr += isrCount;
    elr += elrCount;
  }
  assert(replica === columns.replicas.length, "replicas of no partition");
  return rows;
}

/** Rows with room for `replicasMax` replicas, one after the other. */
export function columnsOfRows(rows: ArrayLike<number>, replicasMax: number): PartitionColumns {
  const rowLength = REPLICAS + replicasMax;
  const columns = emptyColumns();
  for (let row = 0; row < rows.length; row += rowLength) {
    columns.leaders.push(rows[row + LEADER]!);
    columns.leaderEpochs.push(rows[row + LEADER_EPOCH]!);
    columns.partitionEpochs.push(rows[row + PARTITION_EPOCH]!);
    const [isr, elr] = [rows[row + ISR]!, rows[row + ELR]!];
    let [replicaCount, isrCount, elrCount] = [0, 0, 0];
    for (let position = 0; position < replicasMax; position++) {
      const replica = rows[row + REPLICAS + position]!;
      if (replica === NO_REPLICA) break;
      columns.replicas.push(replica);
      replicaCount++;
      if ((isr & (1 << position)) !== 0) {
        columns.isr.push(replica);
        isrCount++;
      }
      if ((elr & (1 << position)) !== 0) {
        columns.elr.push(replica);
        elrCount++;
      }
    }
    columns.replicaCounts.push(replicaCount);
    columns.isrCounts.push(isrCount);
    columns.elrCounts.push(elrCount);
  }
  return columns;
}

export function columnsOfStates(partitions: readonly PartitionState[]): PartitionColumns {
  const columns = emptyColumns();
  for (const { leader, leaderEpoch, partitionEpoch, replicas, isr, elr } of partitions) {
    columns.leaders.push(leader);
    columns.leaderEpochs.push(leaderEpoch);
    columns.partitionEpochs.push(partitionEpoch);
    columns.replicaCounts.push(replicas.length);
    columns.replicas.push(...replicas);
    columns.isrCounts.push(isr.length);
    columns.isr.push(...isr);
    columns.elrCounts.push(elr.length);
    columns.elr.push(...elr);
  }
  return columns;
}

function emptyColumns(): PartitionColumns {
  return {
    leaders: [],
    leaderEpochs: [],
    partitionEpochs: [],
    replicaCounts: [],
    replicas: [],
    isrCounts: [],
    isr: [],
    elrCounts: [],
    elr: [],
  };
}

/** The most replicas that one of the partitions has. */
export function replicasMaxOf({ replicaCounts }: PartitionColumns): number {
  let max = 0;
  for (const count of replicaCounts) if (count > max) max = count;
  return max;
}
