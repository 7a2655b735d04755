import { type Int64, type Uuid, ZERO_UUID } from "@millrace/kafka-protocol";
import type { FetchRequest } from "@millrace/kafka-protocol/messages/fetch";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import {
  type FetchSession,
  FINAL_EPOCH,
  INITIAL_EPOCH,
  NO_SESSION_ID,
  nextSessionEpoch,
  partitionKey,
  type SessionPartition,
} from "../core/fetch-session.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

const BY_ID_SINCE = 13;

/** What a fetch is about, once its session has been looked up and brought up to date. */
export interface OpenFetch {
  readonly session: FetchSession | undefined;
  /** The response leaves out what did not change since the last one. */
  readonly incremental: boolean;
  /** In the order in which they are to be read. */
  readonly partitions: ReadonlyMap<string, SessionPartition>;
}

/** Throws what KIP-227 has for sessions that are gone or out of step; then the client starts a new one. */
export function openFetch(request: FetchRequest, context: KafkaRequestContext, broker: Broker): OpenFetch {
  const { sessionId, sessionEpoch } = request;
  const { fetchSessions } = broker;
  const byId = context.apiVersion >= BY_ID_SINCE;
  if (sessionEpoch !== INITIAL_EPOCH && sessionEpoch !== FINAL_EPOCH) {
    return continueSession(request, context, broker, byId);
  }
  if (sessionId !== NO_SESSION_ID && ownSession(broker, context, sessionId) !== undefined) {
    fetchSessions.delete(sessionId);
  }
  const partitions = requested(request);
  const session =
    sessionEpoch === INITIAL_EPOCH && partitions.size > 0
      ? fetchSessions.create(context.principal, byId, partitions)
      : undefined;
  return { session, incremental: false, partitions };
}

function continueSession(
  request: FetchRequest,
  context: KafkaRequestContext,
  broker: Broker,
  byId: boolean,
): OpenFetch {
  const session = ownSession(broker, context, request.sessionId);
  if (session === undefined) throw new ApiError("FETCH_SESSION_ID_NOT_FOUND");
  if (session.epoch !== request.sessionEpoch) throw new ApiError("INVALID_FETCH_SESSION_EPOCH");
  if (session.usesTopicIds !== byId) throw new ApiError("FETCH_SESSION_TOPIC_ID_ERROR");
  const { partitions } = session;
  const before = partitions.size;
  for (const { topic, topicId, partitions: indexes } of request.forgottenTopicsData) {
    for (const index of indexes) partitions.delete(partitionKey(topic, topicId, index));
  }
  for (const [key, wanted] of requested(request)) {
    const known = partitions.get(key);
    if (known === undefined) partitions.set(key, wanted);
    else update(known, wanted);
  }
  session.epoch = nextSessionEpoch(session.epoch);
  broker.fetchSessions.used(session, before);
  return { session, incremental: true, partitions };
}

function ownSession(broker: Broker, context: KafkaRequestContext, id: number): FetchSession | undefined {
  const session = broker.fetchSessions.get(id);
  return session?.principal === context.principal ? session : undefined;
}

function requested({ topics }: FetchRequest): Map<string, SessionPartition> {
  const partitions = new Map<string, SessionPartition>();
  for (const { topic, topicId, partitions: wanted } of topics) {
    for (const partition of wanted) {
      partitions.set(partitionKey(topic, topicId, partition.partition), {
        topic,
        topicId,
        partition: partition.partition,
        fetchOffset: safeOffset(partition.fetchOffset),
        maxBytes: partition.partitionMaxBytes,
        currentLeaderEpoch: partition.currentLeaderEpoch,
        lastFetchedEpoch: partition.lastFetchedEpoch,
        highWatermark: -1,
        logStartOffset: -1,
      });
    }
  }
  return partitions;
}

function update(known: SessionPartition, wanted: SessionPartition): void {
  known.fetchOffset = wanted.fetchOffset;
  known.maxBytes = wanted.maxBytes;
  known.currentLeaderEpoch = wanted.currentLeaderEpoch;
  known.lastFetchedEpoch = wanted.lastFetchedEpoch;
}

/** No log reaches beyond 2^53: such an offset is out of range, and stays so. */
function safeOffset(value: Int64): number {
  return typeof value === "number" ? value : value < 0n ? -1 : Number.MAX_SAFE_INTEGER;
}

/** The name of the topic that is fetched. Throws `UNKNOWN_TOPIC_ID` when nothing has the id. */
export function fetchedTopic(broker: Broker, topic: string, topicId: Uuid): string {
  if (topicId === ZERO_UUID && topic !== "") return topic;
  const known = broker.metadata.image.topicById(topicId);
  if (known === undefined) throw new ApiError("UNKNOWN_TOPIC_ID");
  return known.name;
}
