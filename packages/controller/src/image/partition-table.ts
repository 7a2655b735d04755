import type { PartitionChangesRecord } from "@millrace/proto/metadata";
import { ChunkedColumn, type Owner } from "@millrace/replicated-state";
import { assert } from "@millrace/runtime";
import { changesOfRecord, LEADER_STAYS } from "./changes-of-record.ts";
import { columnsOfRows, type PartitionColumns, replicasMaxOf, rowsOfColumns } from "./partition-columns.ts";
import {
  bitsOf,
  ELR,
  ISR,
  LEADER,
  LEADER_EPOCH,
  NO_LEADER,
  NO_REPLICA,
  PARTITION_EPOCH,
  REPLICAS,
  REPLICAS_PER_PARTITION_MAX,
} from "./partition-row.ts";
import type { PartitionChange, PartitionState } from "./partition-state.ts";

export { NO_LEADER, REPLICAS_PER_PARTITION_MAX };

/**
 * The partitions of one topic as rows of integers in a chunked column: 32 bytes a partition of three replicas, no
 * object each. ISR and ELR are subsets of the replicas, so each is a bit set over their positions.
 * Immutable but for the owner of a batch; every writing call returns the table to keep.
 */
export class PartitionTable {
  static readonly empty = new PartitionTable(0, ChunkedColumn.empty("int32"));

  /** Room for replicas in each row: the most that a partition of this topic has had. */
  readonly #replicasMax: number;
  readonly #cells: ChunkedColumn;

  private constructor(replicasMax: number, cells: ChunkedColumn) {
    this.#replicasMax = replicasMax;
    this.#cells = cells;
  }

  get count(): number {
    return this.#cells.length / this.#rowLength;
  }

  leader(partition: number): number {
    return this.#cells.get(partition * this.#rowLength + LEADER);
  }

  leaderEpoch(partition: number): number {
    return this.#cells.get(partition * this.#rowLength + LEADER_EPOCH);
  }

  partitionEpoch(partition: number): number {
    return this.#cells.get(partition * this.#rowLength + PARTITION_EPOCH);
  }

  replicas(partition: number): number[] {
    const first = partition * this.#rowLength + REPLICAS;
    const replicas: number[] = [];
    for (let position = 0; position < this.#replicasMax; position++) {
      const replica = this.#cells.get(first + position);
      if (replica === NO_REPLICA) break;
      replicas.push(replica);
    }
    return replicas;
  }

  isr(partition: number): number[] {
    return this.#subset(partition, ISR);
  }

  elr(partition: number): number[] {
    return this.#subset(partition, ELR);
  }

  /** Whether anybody is an eligible leader; without a list of them. */
  hasElr(partition: number): boolean {
    return this.#cells.get(partition * this.#rowLength + ELR) !== 0;
  }

  /** In-sync replicas that pass. */
  isrWhere(partition: number, passes: (brokerId: number) => boolean): number[] {
    const row = partition * this.#rowLength;
    const members: number[] = [];
    let bits = this.#cells.get(row + ISR);
    for (let cell = row + REPLICAS; bits !== 0; cell++, bits >>>= 1) {
      if ((bits & 1) === 0) continue;
      const member = this.#cells.get(cell);
      if (passes(member)) members.push(member);
    }
    return members;
  }

  /** Whether all in-sync replicas pass; without a list of them. */
  isrEvery(partition: number, passes: (brokerId: number) => boolean): boolean {
    const row = partition * this.#rowLength;
    let bits = this.#cells.get(row + ISR);
    for (let cell = row + REPLICAS; bits !== 0; cell++, bits >>>= 1) {
      if ((bits & 1) !== 0 && !passes(this.#cells.get(cell))) return false;
    }
    return true;
  }

  hasReplica(partition: number, brokerId: number): boolean {
    const first = partition * this.#rowLength + REPLICAS;
    for (let position = 0; position < this.#replicasMax; position++) {
      if (this.#cells.get(first + position) === brokerId) return true;
    }
    return false;
  }

  get(partition: number): PartitionState {
    assert(partition >= 0 && partition < this.count, "no such partition");
    return {
      leader: this.leader(partition),
      leaderEpoch: this.leaderEpoch(partition),
      partitionEpoch: this.partitionEpoch(partition),
      replicas: this.replicas(partition),
      isr: this.isr(partition),
      elr: this.elr(partition),
    };
  }

  /** Partitions from `first` up to `end`, exclusive, as a record has them. */
  columns(first: number, end: number): PartitionColumns {
    assert(first >= 0 && end <= this.count, "no such partitions");
    const rows = this.#cells.slice(first * this.#rowLength, end * this.#rowLength);
    return columnsOfRows(rows, this.#replicasMax);
  }

  /** Appends the next partitions, checked. */
  pushColumns(columns: PartitionColumns, owner: Owner): PartitionTable {
    const wide = this.#widen(replicasMaxOf(columns), owner);
    return wide.#with(wide.#cells.pushAll(rowsOfColumns(columns, wide.#replicasMax), owner));
  }

  /** The partition epoch grows by one, the leader epoch when a leader is named. Checked. */
  change(partition: number, change: PartitionChange, owner: Owner): PartitionTable {
    assert(partition >= 0 && partition < this.count, "no such partition");
    if (change.replicas !== undefined || change.elr !== undefined) {
      return this.#changeReplicas(partition, change, owner);
    }
    const { isr = [], leader = LEADER_STAYS } = change;
    return this.#changeIsrAndLeader(partition, isr, 0, isr.length, leader, owner);
  }

  /** The in-sync set is `count` members of a list from `first` on; it stays as it is when there are none. */
  #changeIsrAndLeader(
    partition: number,
    members: readonly number[],
    first: number,
    count: number,
    newLeader: number,
    owner: Owner,
  ): PartitionTable {
    assert(partition >= 0 && partition < this.count, "no such partition");
    const row = partition * this.#rowLength;
    let cells = this.#cells;
    const isr = count === 0 ? cells.get(row + ISR) : this.#bitsOf(row, members, first, count);
    const leader = newLeader === LEADER_STAYS ? cells.get(row + LEADER) : newLeader;
    assert((isr & cells.get(row + ELR)) === 0, "a replica is in both ISR and ELR");
    assert(leader === NO_LEADER || (isr & this.#bitOf(row, leader)) !== 0, "the leader is not in sync");
    if (count > 0) cells = cells.set(row + ISR, isr, owner);
    cells = cells.set(row + PARTITION_EPOCH, cells.get(row + PARTITION_EPOCH) + 1, owner);
    if (newLeader !== LEADER_STAYS) {
      cells = cells.set(row + LEADER, leader, owner);
      cells = cells.set(row + LEADER_EPOCH, cells.get(row + LEADER_EPOCH) + 1, owner);
    }
    return this.#with(cells);
  }

  /** All changes of a record. */
  changeColumns(record: PartitionChangesRecord, owner: Owner): PartitionTable {
    let table: PartitionTable = this;
    if (record.replicaCounts.length > 0 || record.elrCounts.length > 0) {
      for (const { partition, change } of changesOfRecord(record)) {
        table = table.change(partition, change, owner);
      }
      return table;
    }
    // Those of a broker that went, by the hundred thousand: without an object each.
    const { partitions, leaders, isrCounts, isr } = record;
    let member = 0;
    for (let i = 0; i < partitions.length; i++) {
      const count = isrCounts[i] ?? 0;
      const leader = leaders[i] ?? LEADER_STAYS;
      const partition = partitions[i]!;
      table = table.#changeIsrAndLeader(partition, isr, member, count, leader, owner);
      member += count;
    }
    return table;
  }

  #changeReplicas(partition: number, change: PartitionChange, owner: Owner): PartitionTable {
    const before = this.get(partition);
    const after: PartitionState = {
      leader: change.leader ?? before.leader,
      leaderEpoch: change.leader === undefined ? before.leaderEpoch : before.leaderEpoch + 1,
      partitionEpoch: before.partitionEpoch + 1,
      replicas: change.replicas ?? before.replicas,
      isr: change.isr ?? before.isr,
      elr: change.elr ?? before.elr,
    };
    assertConsistent(after);
    return this.set(partition, after, owner);
  }

  /** Appends the next partition. */
  push(state: PartitionState, owner: Owner): PartitionTable {
    const wide = this.#widen(state.replicas.length, owner);
    let cells = wide.#cells;
    wide.#eachCell(state, (_, value) => {
      cells = cells.push(value, owner);
    });
    return wide.#with(cells);
  }

  set(partition: number, state: PartitionState, owner: Owner): PartitionTable {
    assert(partition >= 0 && partition < this.count, "no such partition");
    const wide = this.#widen(state.replicas.length, owner);
    const first = partition * wide.#rowLength;
    let cells = wide.#cells;
    wide.#eachCell(state, (column, value) => {
      if (cells.get(first + column) !== value) cells = cells.set(first + column, value, owner);
    });
    return wide.#with(cells);
  }

  get #rowLength(): number {
    return REPLICAS + this.#replicasMax;
  }

  #bitsOf(row: number, members: readonly number[], first: number, count: number): number {
    let bits = 0;
    for (let i = first; i < first + count; i++) {
      const bit = this.#bitOf(row, members[i]!);
      assert(bit !== 0, "a member of the ISR is not a replica");
      bits |= bit;
    }
    return bits;
  }

  /** 0 when it is no replica. */
  #bitOf(row: number, brokerId: number): number {
    for (let position = 0; position < this.#replicasMax; position++) {
      if (this.#cells.get(row + REPLICAS + position) === brokerId) return 1 << position;
    }
    return 0;
  }

  #subset(partition: number, column: number): number[] {
    const row = partition * this.#rowLength;
    const bits = this.#cells.get(row + column);
    const members: number[] = [];
    for (let position = 0; position < this.#replicasMax; position++) {
      if ((bits & (1 << position)) !== 0) members.push(this.#cells.get(row + REPLICAS + position));
    }
    return members;
  }

  #eachCell(state: PartitionState, write: (column: number, value: number) => void): void {
    write(LEADER, state.leader);
    write(LEADER_EPOCH, state.leaderEpoch);
    write(PARTITION_EPOCH, state.partitionEpoch);
    write(ISR, subsetBits(state.isr, state.replicas));
    write(ELR, subsetBits(state.elr, state.replicas));
    for (let position = 0; position < this.#replicasMax; position++) {
      write(REPLICAS + position, state.replicas[position] ?? NO_REPLICA);
    }
  }

  #widen(replicas: number, owner: Owner): PartitionTable {
    assert(replicas <= REPLICAS_PER_PARTITION_MAX, "more replicas than a partition may have");
    if (replicas <= this.#replicasMax) return this;
    let wide = new PartitionTable(replicas, ChunkedColumn.empty("int32"));
    for (let partition = 0; partition < this.count; partition++) wide = wide.push(this.get(partition), owner);
    return wide;
  }

  #with(cells: ChunkedColumn): PartitionTable {
    return cells === this.#cells ? this : new PartitionTable(this.#replicasMax, cells);
  }
}

function subsetBits(members: readonly number[], replicas: readonly number[]): number {
  return bitsOf(members, 0, members.length, replicas, 0, replicas.length);
}

function assertConsistent({ leader, replicas, isr, elr }: PartitionState): void {
  assert(replicas.length > 0, "a partition without replicas");
  assert(leader === NO_LEADER || isr.includes(leader), "the leader is not in sync");
  assert(!elr.some((broker) => isr.includes(broker)), "a replica is in both ISR and ELR");
}
