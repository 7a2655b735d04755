import type {
  FetchableTopicResponseInput,
  FetchResponseInput,
  PartitionDataInput,
} from "@millrace/kafka-protocol/messages/fetch";
import type { ApiError } from "@millrace/runtime";
import type { FetchOutcome } from "../core/fetch.ts";
import { NO_SESSION_ID, type SessionPartition } from "../core/fetch-session.ts";
import type { Leadership } from "../core/partition.ts";
import type { OpenFetch } from "./fetch-request.ts";

const NO_RECORDS = Buffer.alloc(0);
/** Diverging epochs and hints at the leader are tagged fields: of flexible versions only. */
const TAGS_SINCE = 12;

/** What one partition is answered with. */
export interface PartitionAnswer {
  readonly partition: SessionPartition;
  readonly outcome: FetchOutcome;
  readonly leadership: Leadership | undefined;
}

export function fetchResponse(
  { session, incremental }: OpenFetch,
  answers: readonly PartitionAnswer[],
  apiVersion: number,
): FetchResponseInput {
  const topics = new Map<string, { topic: SessionPartition; partitions: PartitionDataInput[] }>();
  for (const answer of answers) {
    const { partition, outcome } = answer;
    const news = takeNews(partition, outcome);
    if (incremental && !news) continue;
    const key = `${partition.topicId}:${partition.topic}`;
    let ofTopic = topics.get(key);
    if (ofTopic === undefined) {
      ofTopic = { topic: partition, partitions: [] };
      topics.set(key, ofTopic);
    }
    ofTopic.partitions.push(partitionData(answer, apiVersion));
  }
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    sessionId: session?.id ?? NO_SESSION_ID,
    responses: Array.from(
      topics.values(),
      ({ topic: { topic, topicId }, partitions }): FetchableTopicResponseInput => ({
        topic,
        topicId,
        partitions,
      }),
    ),
  };
}

/** A session that is gone or out of step. */
export function refusedFetch(error: ApiError): FetchResponseInput {
  return { throttleTimeMs: 0, errorCode: error.code, sessionId: NO_SESSION_ID, responses: [] };
}

/** Whether there is anything to tell that the session was not told before, and remembers that it was (KIP-227). */
function takeNews(partition: SessionPartition, outcome: FetchOutcome): boolean {
  if (outcome.kind !== "read") {
    partition.highWatermark = -1; // what comes after an error is news
    return true;
  }
  const { sizeInBytes, highWatermark, logStartOffset } = outcome.read;
  const moved = partition.highWatermark !== highWatermark || partition.logStartOffset !== logStartOffset;
  partition.highWatermark = highWatermark;
  partition.logStartOffset = logStartOffset;
  return moved || sizeInBytes > 0;
}

function partitionData(
  { partition, outcome, leadership }: PartitionAnswer,
  apiVersion: number,
): PartitionDataInput {
  const partitionIndex = partition.partition;
  switch (outcome.kind) {
    case "read": {
      const { batches, highWatermark, lastStableOffset, logStartOffset, abortedTransactions } = outcome.read;
      return {
        partitionIndex,
        errorCode: 0,
        highWatermark,
        lastStableOffset,
        logStartOffset,
        abortedTransactions: abortedTransactions ?? null,
        records: batches.length === 0 ? NO_RECORDS : batches,
      };
    }
    case "diverging": {
      const { leaderEpoch, endOffset } = outcome.epochEnd;
      const { highWatermark, lastStableOffset, logStartOffset } = outcome.partition.log;
      return {
        partitionIndex,
        errorCode: 0,
        highWatermark,
        lastStableOffset,
        logStartOffset,
        divergingEpoch: { epoch: leaderEpoch, endOffset },
        abortedTransactions: null,
        records: NO_RECORDS,
      };
    }
    case "failed": {
      const { id, code } = outcome.failure;
      const moved = id === "NOT_LEADER_OR_FOLLOWER" || id === "FENCED_LEADER_EPOCH";
      return {
        partitionIndex,
        errorCode: code,
        highWatermark: -1,
        abortedTransactions: null,
        records: NO_RECORDS,
        ...(moved &&
          leadership !== undefined &&
          apiVersion >= TAGS_SINCE && {
            currentLeader: { leaderId: leadership.leader, leaderEpoch: leadership.leaderEpoch },
          }),
      };
    }
  }
}
