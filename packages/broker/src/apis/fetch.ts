// Fetch, versions 4-18. KIP-74 (size limits), KIP-98 (4: isolation), KIP-227 (7: sessions), KIP-320 (9: leader epoch),
// KIP-595 (12: diverging epoch), KIP-516 (13: topic ids), KIP-951 (16: leader hints).
import {
  type FetchRequest,
  type FetchResponseInput,
  fetchApi,
} from "@millrace/kafka-protocol/messages/fetch";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import type { FetchPartition } from "../core/fetch.ts";
import type { SessionPartition } from "../core/fetch-session.ts";
import { ANY_LEADER_EPOCH, ledPartition } from "../core/led-partition.ts";
import { LongPoll } from "../core/long-poll.ts";
import { fetchedTopic, type OpenFetch, openFetch } from "./fetch-request.ts";
import { fetchResponse, type PartitionAnswer, refusedFetch } from "./fetch-response.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

const READ_COMMITTED = 1;

export const fetch = defineApi({
  api: fetchApi,
  versions: { min: 4, max: 18 },
  needsFrameUntil: "parsed",
  async handle(request, context, broker) {
    // Replicas of Millrace follow over gRPC; those of another broker have no business here.
    if (request.replicaId >= 0 || request.replicaState.replicaId >= 0) {
      throw new ApiError("CLUSTER_AUTHORIZATION_FAILED");
    }
    const open = openFetch(request, context, broker);
    const { wanted, failed } = resolvePartitions(open, request, context, broker);
    const { fetched, release } = await new LongPoll(
      wanted,
      {
        maxWaitMs: failed.length > 0 ? 0 : request.maxWaitMs,
        minBytes: request.minBytes,
        maxBytes: Math.min(request.maxBytes, broker.settings.current.fetchBytesMax),
      },
      broker.runtime.clocks.liveness,
      context.connection.room,
    ).run();
    context.whenSent(release); // records hold their memory for as long as the client takes to read them
    const answers = fetched.map(
      ({ wanted, outcome }): PartitionAnswer => ({
        partition: wanted.asked,
        outcome,
        leadership: wanted.partition.leadership,
      }),
    );
    return respond(open, [...failed, ...answers], context, broker);
  },
  refuse: (_request, error) => refusedFetch(error),
});

interface Wanted extends FetchPartition {
  readonly asked: SessionPartition;
}

function resolvePartitions(
  { partitions }: OpenFetch,
  request: FetchRequest,
  context: KafkaRequestContext,
  broker: Broker,
): { readonly wanted: Wanted[]; readonly failed: PartitionAnswer[] } {
  const upTo = request.isolationLevel === READ_COMMITTED ? "lastStable" : "highWatermark";
  const wanted: Wanted[] = [];
  const failed: PartitionAnswer[] = [];
  for (const asked of partitions.values()) {
    try {
      const partition = resolvePartition(asked, context, broker);
      const { fetchOffset, maxBytes, currentLeaderEpoch, lastFetchedEpoch } = asked;
      wanted.push({ asked, partition, fetchOffset, maxBytes, currentLeaderEpoch, lastFetchedEpoch, upTo });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed.push({ partition: asked, outcome: { kind: "failed", failure: error }, leadership: undefined });
    }
  }
  return { wanted, failed };
}

function resolvePartition(asked: SessionPartition, context: KafkaRequestContext, broker: Broker) {
  const { metadata, replicas, authorizer } = broker;
  const name = fetchedTopic(broker, asked.topic, asked.topicId);
  if (!authorizer.isAllowed(context, "READ", "topic", name)) {
    throw new ApiError("TOPIC_AUTHORIZATION_FAILED");
  }
  return ledPartition(metadata.image, replicas, name, asked.partition, ANY_LEADER_EPOCH);
}

function respond(
  open: OpenFetch,
  answers: readonly PartitionAnswer[],
  context: KafkaRequestContext,
  broker: Broker,
): FetchResponseInput {
  let bytes = 0;
  for (const { partition, outcome } of answers) {
    if (outcome.kind !== "read" || outcome.read.sizeInBytes === 0) continue;
    bytes += outcome.read.sizeInBytes;
    // The others come first the next time.
    open.session?.moveToEnd(partition);
  }
  broker.metrics.millrace_broker_fetched_bytes_total.add(bytes);
  context.throttle(broker.quotas.recordBytes(context, "fetch", bytes));
  return fetchResponse(open, answers, context.apiVersion);
}
