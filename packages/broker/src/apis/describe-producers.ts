// DescribeProducers, version 0. KIP-664.
import { invalidTopicName } from "@millrace/controller";
import {
  describeProducersApi,
  type PartitionResponseInput,
} from "@millrace/kafka-protocol/messages/describe-producers";
import { ApiError, toApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { itemError, kafkaItemError } from "../core/admin/admin-item.ts";
import { ledPartition } from "../core/led-partition.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

export const describeProducers = defineApi({
  api: describeProducersApi,
  versions: { min: 0, max: 0 },
  handle: ({ topics }, context, broker) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) => {
        try {
          return producersOf(name, index, context, broker);
        } catch (error) {
          return failure(index, toApiError(error));
        }
      }),
    })),
  }),
  refuse: ({ topics }, error) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) => failure(index, error)),
    })),
  }),
});

function producersOf(
  topic: string,
  partitionIndex: number,
  context: KafkaRequestContext,
  { metadata, replicas, authorizer }: Broker,
): PartitionResponseInput {
  if (!authorizer.isAllowed(context, "READ", "topic", topic))
    throw new ApiError("TOPIC_AUTHORIZATION_FAILED");
  const invalid = invalidTopicName(topic);
  if (invalid !== undefined) {
    throw new ApiError("INVALID_TOPIC_EXCEPTION", { detail: `Topic name is invalid: ${invalid}` });
  }
  const { log } = ledPartition(metadata.image, replicas, topic, partitionIndex);
  return {
    partitionIndex,
    ...kafkaItemError(undefined),
    activeProducers: log.activeProducers().map((producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: producer.lastTimestampMs,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTransactionStartOffset ?? -1,
    })),
  };
}

function failure(partitionIndex: number, error: ApiError): PartitionResponseInput {
  return { partitionIndex, ...kafkaItemError(itemError(error)), activeProducers: [] };
}
