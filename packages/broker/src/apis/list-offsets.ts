// ListOffsets, versions 1-11. KIP-79 (1), KIP-98 (2: isolation), KIP-320 (4: leader epochs), KIP-734 (7: max timestamp),
// KIP-405 (8, 9: tiered storage), KIP-1075 (10: timeout, which only tiered storage needs), KIP-1023 (11).
import {
  type ListOffsetsPartition,
  type ListOffsetsPartitionResponseInput,
  type ListOffsetsRequest,
  listOffsetsApi,
} from "@millrace/kafka-protocol/messages/list-offsets";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { settleItem } from "../core/admin/admin-item.ts";
import { eachBounded } from "../core/admin/each-bounded.ts";
import { listOffset, type OffsetsLimit, specialTimestamps } from "../core/admin/list-offsets.ts";
import { ledPartition } from "../core/led-partition.ts";
import { clamped } from "./int64.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

const READ_COMMITTED = 1;
/** The first version whose responses have the field. */
const LEADER_EPOCH_SINCE = 4;
const CONSUMER = -1;
const DEBUGGING_CONSUMER = -2;

const since: ReadonlyMap<number, number> = new Map([
  [specialTimestamps.latest, 1],
  [specialTimestamps.earliest, 1],
  [specialTimestamps.maxTimestamp, 7],
  [specialTimestamps.earliestLocal, 8],
  [specialTimestamps.latestTiered, 9],
  [specialTimestamps.earliestPendingUpload, 11],
]);

export const listOffsets = defineApi({
  api: listOffsetsApi,
  versions: { min: 1, max: 11 },
  async handle(request, context, broker) {
    const repeated = repeatedPartitions(request);
    const upTo = limitOf(request);
    const asked = request.topics.flatMap(({ name, partitions }) =>
      partitions.map((partition) => ({ name, partition })),
    );
    const answers = await eachBounded(asked, ({ name, partition }) =>
      settleItem(
        () => {
          if (repeated.has(`${name}:${partition.partitionIndex}`)) throw new ApiError("INVALID_REQUEST");
          return listPartition(name, partition, upTo, context, broker);
        },
        (error) => failure(partition, error),
      ),
    );
    let next = 0;
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(() => answers[next++]!),
      })),
    };
  },
  refuse: (request, error) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => failure(partition, error)),
    })),
  }),
});

function limitOf({ replicaId, isolationLevel }: ListOffsetsRequest): OffsetsLimit {
  if (replicaId !== CONSUMER && replicaId !== DEBUGGING_CONSUMER) return "logEnd";
  return isolationLevel === READ_COMMITTED ? "lastStable" : "highWatermark";
}

async function listPartition(
  topic: string,
  { partitionIndex, timestamp: asked, currentLeaderEpoch }: ListOffsetsPartition,
  upTo: OffsetsLimit,
  context: KafkaRequestContext,
  { metadata, replicas, authorizer }: Broker,
): Promise<ListOffsetsPartitionResponseInput> {
  if (!authorizer.isAllowed(context, "DESCRIBE", "topic", topic)) {
    throw new ApiError("TOPIC_AUTHORIZATION_FAILED");
  }
  const timestamp = clamped(asked);
  if (timestamp < 0 && context.apiVersion < (since.get(timestamp) ?? Number.POSITIVE_INFINITY)) {
    throw new ApiError("UNSUPPORTED_VERSION");
  }
  const partition = ledPartition(metadata.image, replicas, topic, partitionIndex, currentLeaderEpoch);
  const { offset, timestampMs, leaderEpoch } = await listOffset(partition, timestamp, upTo);
  const found = { partitionIndex, errorCode: 0, offset, timestamp: timestampMs };
  return context.apiVersion < LEADER_EPOCH_SINCE ? found : { ...found, leaderEpoch };
}

function failure(
  { partitionIndex }: ListOffsetsPartition,
  { code }: ApiError,
): ListOffsetsPartitionResponseInput {
  return { partitionIndex, errorCode: code, offset: -1, timestamp: -1, leaderEpoch: -1 };
}

/** Kafka refuses these, each of them. */
function repeatedPartitions({ topics }: ListOffsetsRequest): ReadonlySet<string> {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}:${partitionIndex}`;
      (seen.has(key) ? again : seen).add(key);
    }
  }
  return again;
}
