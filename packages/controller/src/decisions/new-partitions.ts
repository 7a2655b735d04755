import type { DecideEnv } from "@millrace/replicated-state";
import { ApiError } from "@millrace/runtime";
import type { BrokerRegistration, MetadataState } from "../image/metadata-state.ts";
import type { PartitionState } from "../image/partition-state.ts";
import { REPLICAS_PER_PARTITION_MAX } from "../image/partition-table.ts";
import { placeReplicas } from "./place-replicas.ts";

/** All that are registered, by id: looked up once a replica. */
type Brokers = ReadonlyMap<number, BrokerRegistration>;

/** Places new partitions, or refuses with INVALID_REPLICATION_FACTOR. */
export function placedPartitions(
  state: MetadataState,
  partitions: number,
  replicationFactor: number,
  env: Pick<DecideEnv, "randomBelow">,
): PartitionState[] {
  const brokers = [...state.brokers.values()].sort((a, b) => a.id - b.id);
  const unable = (reason: string): ApiError =>
    new ApiError("INVALID_REPLICATION_FACTOR", {
      detail: `Unable to replicate the partition ${replicationFactor} time(s): ${reason}`,
    });
  if (brokers.every(({ fenced }) => fenced)) throw unable("All brokers are currently fenced.");
  if (replicationFactor > brokers.length) {
    throw unable(
      `The target replication factor of ${replicationFactor} cannot be reached because only ${brokers.length} broker(s) are registered.`,
    );
  }
  if (replicationFactor > REPLICAS_PER_PARTITION_MAX) {
    throw unable(`A partition has at most ${REPLICAS_PER_PARTITION_MAX} replicas.`);
  }
  const known = new Map(state.brokers);
  return placeReplicas(brokers, { partitions, replicationFactor }, env.randomBelow).map((replicas) =>
    newPartition(known, replicas),
  );
}

/** Partitions as the caller assigned them, or INVALID_REPLICA_ASSIGNMENT. `replicationFactor`: what it has to be. */
export function assignedPartitions(
  state: MetadataState,
  assignments: readonly (readonly number[])[],
  firstPartition = 0,
  replicationFactor = assignments[0]?.length ?? 0,
): PartitionState[] {
  const known = new Map(state.brokers);
  return assignments.map((replicas, i) => {
    checkReplicas(known, replicas, replicationFactor);
    const partition = newPartition(known, replicas);
    if (partition.isr.length === 0) {
      throw invalidAssignment(
        `All brokers specified in the manual partition assignment for partition ${firstPartition + i} are fenced or in controlled shutdown.`,
      );
    }
    return partition;
  });
}

function checkReplicas(brokers: Brokers, replicas: readonly number[], replicationFactor: number): void {
  if (replicas.length === 0) {
    throw invalidAssignment("The manual partition assignment includes an empty replica list.");
  }
  if (replicas.length > REPLICAS_PER_PARTITION_MAX) {
    throw invalidAssignment(`A partition has at most ${REPLICAS_PER_PARTITION_MAX} replicas.`);
  }
  if (replicas.length !== replicationFactor) {
    throw invalidAssignment(
      `The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not consistent with previous partitions, which have ${replicationFactor} replica(s).`,
    );
  }
  for (const [i, broker] of replicas.entries()) {
    if (!brokers.has(broker)) {
      throw invalidAssignment(
        `The manual partition assignment includes broker ${broker}, but no such broker is registered.`,
      );
    }
    if (replicas.indexOf(broker) !== i) {
      throw invalidAssignment(
        `The manual partition assignment includes the broker ${broker} more than once.`,
      );
    }
  }
}

function newPartition(brokers: Brokers, replicas: readonly number[]): PartitionState {
  const serves = (id: number): boolean => {
    const broker = brokers.get(id)!;
    return !broker.fenced && !broker.inControlledShutdown;
  };
  const isr = replicas.every(serves) ? replicas : replicas.filter(serves);
  // A cluster whose only broker is about to stop still takes topics: that broker is their leader until then.
  const inSync = isr.length > 0 ? isr : replicas.filter((id) => !brokers.get(id)!.fenced);
  return { leader: inSync[0]!, leaderEpoch: 0, partitionEpoch: 0, replicas, isr: inSync, elr: [] };
}

function invalidAssignment(detail: string): ApiError {
  return new ApiError("INVALID_REPLICA_ASSIGNMENT", { detail });
}
