// OffsetForLeaderEpoch, versions 2-4. KIP-101, KIP-279, KIP-320 (2: leader epochs of clients).
import {
  type EpochEndOffsetInput,
  type OffsetForLeaderPartition,
  offsetForLeaderEpochApi,
} from "@millrace/kafka-protocol/messages/offset-for-leader-epoch";
import { leaderEpoch } from "@millrace/log";
import { ApiError, toApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { ledPartition } from "../core/led-partition.ts";
import { CLUSTER_NAME } from "../security/authorizer.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

export const offsetForLeaderEpoch = defineApi({
  api: offsetForLeaderEpochApi,
  versions: { min: 2, max: 4 },
  handle: (request, context, broker) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((asked) => {
        try {
          return endOffset(topic, asked, context, broker);
        } catch (error) {
          return failure(asked, toApiError(error));
        }
      }),
    })),
  }),
  refuse: (request, error) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((asked) => failure(asked, error)),
    })),
  }),
});

function endOffset(
  topic: string,
  { partition: index, currentLeaderEpoch, leaderEpoch: epoch }: OffsetForLeaderPartition,
  context: KafkaRequestContext,
  { metadata, replicas, authorizer }: Broker,
): EpochEndOffsetInput {
  const allowed =
    authorizer.isAllowed(context, "CLUSTER_ACTION", "cluster", CLUSTER_NAME) ||
    authorizer.isAllowed(context, "DESCRIBE", "topic", topic);
  if (!allowed) throw new ApiError("TOPIC_AUTHORIZATION_FAILED");
  const { log } = ledPartition(metadata.image, replicas, topic, index, currentLeaderEpoch);
  // Undefined also for what no leader can have: such epochs are below the first one.
  const end = epoch < 0 ? undefined : log.endOffsetForEpoch(leaderEpoch(epoch));
  return {
    partition: index,
    errorCode: 0,
    leaderEpoch: end?.leaderEpoch ?? -1,
    endOffset: end?.endOffset ?? -1,
  };
}

function failure({ partition }: OffsetForLeaderPartition, { code }: ApiError): EpochEndOffsetInput {
  return { partition, errorCode: code, leaderEpoch: -1, endOffset: -1 };
}
