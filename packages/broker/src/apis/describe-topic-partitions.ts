// DescribeTopicPartitions, version 0. KIP-966: topics in pages, with eligible leader replicas.
import { invalidTopicName, type MetadataImage, type Topic } from "@millrace/controller";
import { ZERO_UUID } from "@millrace/kafka-protocol";
import {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponsePartitionInput,
  type DescribeTopicPartitionsResponseTopicInput,
  describeTopicPartitionsApi,
  type ResponseCursorInput,
} from "@millrace/kafka-protocol/messages/describe-topic-partitions";
import { ApiError, type ErrorName, errorTable } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { isInternalTopic } from "../core/topic-names.ts";
import { authorizedOperations } from "../security/authorizer.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

/** `max.request.partition.size.limit` */
const PARTITIONS_MAX = 2_000;

type TopicAnswer = DescribeTopicPartitionsResponseTopicInput;

export const describeTopicPartitions = defineApi({
  api: describeTopicPartitionsApi,
  versions: { min: 0, max: 0 },
  handle(request, context, broker) {
    const { cursor, responsePartitionLimit } = request;
    if (cursor !== null && cursor.partitionIndex < 0) {
      throw new ApiError("INVALID_REQUEST", {
        detail: `DescribeTopicPartitionsRequest cursor partition must be valid: ${cursor.partitionIndex}`,
      });
    }
    const all = request.topics.length === 0;
    const visible = (name: string) => broker.authorizer.isAllowed(context, "DESCRIBE", "topic", name);
    const names = namesFrom(request, broker);
    const page = new Page(
      broker,
      context,
      cursor,
      Math.max(1, Math.min(PARTITIONS_MAX, responsePartitionLimit)),
    );
    const hidden: TopicAnswer[] = [];
    for (const name of names) {
      if (!visible(name)) {
        if (!all) hidden.push(failure("TOPIC_AUTHORIZATION_FAILED", name));
      } else if (!page.add(name)) break;
    }
    return { throttleTimeMs: 0, topics: [...page.topics, ...hidden], nextCursor: page.nextCursor };
  },
  refuse: ({ topics }, error) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name }) => failure(error.id, name)),
  }),
});

/** In order, from the cursor's topic on: pages are cut by name. */
function namesFrom({ topics, cursor }: DescribeTopicPartitionsRequest, broker: Broker): Iterable<string> {
  const from = cursor?.topicName ?? "";
  if (topics.length === 0) return broker.metadata.image.topicNamesFrom(from);
  return [...new Set(topics.map(({ name }) => name))].filter((name) => name >= from).sort();
}

/** One answer: so many partitions and no more. */
class Page {
  readonly topics: TopicAnswer[] = [];
  nextCursor: ResponseCursorInput | null = null;
  readonly #broker: Broker;
  readonly #image: MetadataImage;
  readonly #context: KafkaRequestContext;
  readonly #cursor: DescribeTopicPartitionsRequest["cursor"];
  #partitionsLeft: number;

  constructor(
    broker: Broker,
    context: KafkaRequestContext,
    cursor: DescribeTopicPartitionsRequest["cursor"],
    partitionsMax: number,
  ) {
    this.#broker = broker;
    this.#image = broker.metadata.image;
    this.#context = context;
    this.#cursor = cursor;
    this.#partitionsLeft = partitionsMax;
  }

  /** False: the page is full, and the cursor says where the next one begins. */
  add(name: string): boolean {
    if (this.#partitionsLeft === 0) {
      this.nextCursor = { topicName: name, partitionIndex: 0 };
      return false;
    }
    const topic = this.#image.topic(name);
    if (topic === undefined) {
      const error =
        invalidTopicName(name) === undefined ? "UNKNOWN_TOPIC_OR_PARTITION" : "INVALID_TOPIC_EXCEPTION";
      this.topics.push({ ...failure(error, name), topicAuthorizedOperations: this.#operations(name) });
      return true;
    }
    const first = this.#cursor?.topicName === name ? this.#cursor.partitionIndex : 0;
    const end = Math.min(topic.partitions.count, first + this.#partitionsLeft);
    this.topics.push(this.#describe(topic, first, end));
    if (end < topic.partitions.count) {
      this.nextCursor = { topicName: name, partitionIndex: end };
      return false;
    }
    this.#partitionsLeft -= Math.max(0, end - first);
    return true;
  }

  #describe(topic: Topic, first: number, end: number): TopicAnswer {
    const partitions: DescribeTopicPartitionsResponsePartitionInput[] = [];
    for (let index = first; index < end; index++) partitions.push(this.#partition(topic, index));
    return {
      errorCode: 0,
      name: topic.name,
      topicId: topic.id,
      isInternal: isInternalTopic(topic.name),
      partitions,
      topicAuthorizedOperations: this.#operations(topic.name),
    };
  }

  #operations(name: string): number {
    return authorizedOperations(this.#broker.authorizer, this.#context, "topic", name);
  }

  #partition(topic: Topic, partitionIndex: number): DescribeTopicPartitionsResponsePartitionInput {
    const { partitions } = topic;
    const leader = this.#image.aliveLeader(topic, partitionIndex);
    const reachable = leader >= 0 && this.#image.endpoint(leader, this.#context.listener) !== undefined;
    const error: ErrorName = reachable ? "NONE" : leader < 0 ? "LEADER_NOT_AVAILABLE" : "LISTENER_NOT_FOUND";
    return {
      errorCode: errorTable[error].code,
      partitionIndex,
      leaderId: reachable ? leader : -1,
      leaderEpoch: partitions.leaderEpoch(partitionIndex),
      replicaNodes: partitions.replicas(partitionIndex),
      isrNodes: partitions.isr(partitionIndex),
      eligibleLeaderReplicas: partitions.elr(partitionIndex),
      lastKnownElr: [],
      offlineReplicas: this.#image.offlineReplicas(topic, partitionIndex),
    };
  }
}

function failure(error: ErrorName, name: string): TopicAnswer {
  const isInternal = isInternalTopic(name);
  return { errorCode: errorTable[error].code, name, topicId: ZERO_UUID, isInternal, partitions: [] };
}
