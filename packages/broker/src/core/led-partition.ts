import type { MetadataImage } from "@millrace/controller";
import { ApiError } from "@millrace/runtime";
import type { Partition } from "./partition.ts";
import type { ReplicaManager } from "./replica-manager.ts";

/** The client does not know, or does not say, under which leader epoch it asks. */
export const ANY_LEADER_EPOCH = -1;

/**
 * The partition to read or write, if this broker leads it. Throws
 * - `UNKNOWN_TOPIC_OR_PARTITION`: nor does the metadata know it;
 * - `NOT_LEADER_OR_FOLLOWER`, `FENCED_LEADER_EPOCH`, `UNKNOWN_LEADER_EPOCH`: see `Partition.requireLeader`;
 * - `KAFKA_STORAGE_ERROR`: its log is offline.
 */
export function ledPartition(
  image: MetadataImage,
  replicas: ReplicaManager,
  topic: string,
  index: number,
  currentLeaderEpoch: number = ANY_LEADER_EPOCH,
): Partition {
  const partition = replicas.get(topic, index);
  if (partition !== undefined) {
    partition.requireLeader(currentLeaderEpoch);
    return partition;
  }
  const known = image.topic(topic);
  if (known === undefined || index < 0 || index >= known.partitions.count) {
    throw new ApiError("UNKNOWN_TOPIC_OR_PARTITION");
  }
  throw new ApiError(replicas.isOffline(topic, index) ? "KAFKA_STORAGE_ERROR" : "NOT_LEADER_OR_FOLLOWER");
}
