import { invalidTopicName, type MetadataImage, type Topic } from "@millrace/controller";
import { type Uuid, ZERO_UUID } from "@millrace/kafka-protocol";
import type {
  MetadataRequest,
  MetadataResponsePartitionInput,
  MetadataResponseTopicInput,
} from "@millrace/kafka-protocol/messages/metadata";
import { type ErrorName, errorTable } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { isInternalTopic } from "../core/topic-names.ts";
import { authorizedOperations } from "../security/authorizer.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

/** Since version 6 a leader without an address on the client's listener has an error of its own. */
const LISTENER_ERROR_SINCE = 6;

export function topicFailure(
  error: ErrorName,
  name: string | null,
  topicId: Uuid,
): MetadataResponseTopicInput {
  return { errorCode: errorTable[error].code, name, topicId, partitions: [] };
}

/** `failure`: why it was not created, if that was tried. */
export function describeTopic(
  broker: Broker,
  image: MetadataImage,
  context: KafkaRequestContext,
  name: string,
  request: MetadataRequest,
  failure: ErrorName | undefined,
): MetadataResponseTopicInput {
  const topic = image.topic(name);
  if (topic === undefined) {
    const error =
      invalidTopicName(name) === undefined ? "UNKNOWN_TOPIC_OR_PARTITION" : "INVALID_TOPIC_EXCEPTION";
    return { ...topicFailure(failure ?? error, name, ZERO_UUID), isInternal: isInternalTopic(name) };
  }
  return {
    errorCode: errorTable.NONE.code,
    name,
    topicId: topic.id,
    isInternal: isInternalTopic(name),
    partitions: Array.from({ length: topic.partitions.count }, (_, index) =>
      describePartition(image, context, topic, index),
    ),
    ...(request.includeTopicAuthorizedOperations && {
      topicAuthorizedOperations: authorizedOperations(broker.authorizer, context, "topic", name),
    }),
  };
}

function describePartition(
  image: MetadataImage,
  context: KafkaRequestContext,
  topic: Topic,
  partitionIndex: number,
): MetadataResponsePartitionInput {
  const { partitions } = topic;
  const leader = image.aliveLeader(topic, partitionIndex);
  const reachable = leader >= 0 && image.endpoint(leader, context.listener) !== undefined;
  const replicas = partitions.replicas(partitionIndex);
  const isr = partitions.isr(partitionIndex);
  const offlineReplicas = image.offlineReplicas(topic, partitionIndex);
  // Readers of version 0 know no offline replicas; they get those that they can reach, and are told.
  const onlyAlive = context.apiVersion === 0 && offlineReplicas.length > 0;
  const shown = (ids: readonly number[]) => (onlyAlive ? ids.filter((id) => image.isAlive(id)) : ids);
  return {
    errorCode: errorTable[partitionError(context.apiVersion, leader, reachable, onlyAlive)].code,
    partitionIndex,
    leaderId: reachable ? leader : -1,
    leaderEpoch: partitions.leaderEpoch(partitionIndex),
    replicaNodes: shown(replicas),
    isrNodes: shown(isr),
    offlineReplicas,
  };
}

function partitionError(
  version: number,
  leader: number,
  reachable: boolean,
  replicasLeftOut: boolean,
): ErrorName {
  if (leader < 0) return "LEADER_NOT_AVAILABLE";
  if (!reachable) return version >= LISTENER_ERROR_SINCE ? "LISTENER_NOT_FOUND" : "LEADER_NOT_AVAILABLE";
  return replicasLeftOut ? "REPLICA_NOT_AVAILABLE" : "NONE";
}
