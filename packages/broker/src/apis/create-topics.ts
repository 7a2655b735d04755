// CreateTopics, versions 2-7. KIP-464 (4: defaults), KIP-525 (5: configs in the answer), KIP-516 (7: topic ids).
import { uuidFromPeer } from "@millrace/controller";
import { ZERO_UUID } from "@millrace/kafka-protocol";
import {
  type CreatableTopic,
  type CreatableTopicResultInput,
  createTopicsApi,
} from "@millrace/kafka-protocol/messages/create-topics";
import { ApiError, toApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { itemError, kafkaItemError } from "../core/admin/admin-item.ts";
import {
  type CreatedTopicInit,
  createTopics as createInCluster,
  type NewTopicInit,
} from "../core/admin/create-topics.ts";
import { describeNewTopic } from "../core/admin/describe-configs.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";
import { onceEach } from "./once-each.ts";

/** Stands for the cluster's default, in counts of partitions and replicas. */
const DEFAULT = -1;
const CONFIGS_SINCE = 5;

export const createTopics = defineApi({
  api: createTopicsApi,
  versions: { min: 2, max: 7 },
  async handle({ topics, validateOnly, timeoutMs }, context, broker) {
    const asked = topics.map(asNewTopic);
    const wanted = asked.filter((topic): topic is NewTopicInit => !(topic instanceof ApiError));
    const created = await createInCluster(broker, context, wanted, { validateOnly, timeoutMs });
    let next = 0;
    const results = asked.map((topic, i): CreatableTopicResultInput => {
      const { name } = topics[i]!;
      if (topic instanceof ApiError) return result({ name, error: itemError(topic) }, {});
      return result(created[next++]!, describeCreated(topics[i]!, context, broker));
    });
    return { throttleTimeMs: 0, topics: onceEach(results) };
  },
  refuse: ({ topics }, error) => ({
    throttleTimeMs: 0,
    topics: onceEach(topics.map(({ name }) => result({ name, error: itemError(error) }, {}))),
  }),
});

/** In the controller's words, or why that cannot be said. */
function asNewTopic(topic: CreatableTopic): NewTopicInit | ApiError {
  const { name, numPartitions, replicationFactor, configs } = topic;
  try {
    return {
      name,
      // What is below 1 is refused by the controller, whatever it is.
      ...(numPartitions !== DEFAULT && { partitions: Math.max(0, numPartitions) }),
      ...(replicationFactor !== DEFAULT && { replicationFactor: Math.max(0, replicationFactor) }),
      assignments: assignmentsOf(topic),
      configs: Object.fromEntries(configs.map(({ name, value }) => [name, requireValue(name, value)])),
    };
  } catch (error) {
    return toApiError(error);
  }
}

function assignmentsOf({ assignments }: CreatableTopic) {
  const sorted = [...assignments].sort((a, b) => a.partitionIndex - b.partitionIndex);
  for (const [i, { partitionIndex }] of sorted.entries()) {
    if (partitionIndex === i) continue;
    const detail =
      sorted[i - 1]?.partitionIndex === partitionIndex
        ? `Found multiple manual partition assignments for partition ${partitionIndex}`
        : "partitions should be a consecutive 0-based integer sequence";
    throw new ApiError("INVALID_REPLICA_ASSIGNMENT", { detail });
  }
  return sorted.map(({ brokerIds }) => ({ brokerIds: [...brokerIds] }));
}

function requireValue(name: string, value: string | null): string {
  if (value !== null) return value;
  throw new ApiError("INVALID_CONFIG", { detail: `Null value not supported for topic configs: ${name}` });
}

/** Its configs, for those who may see them. */
function describeCreated(
  { name, configs }: CreatableTopic,
  context: KafkaRequestContext,
  broker: Broker,
): Pick<CreatableTopicResultInput, "configs" | "topicConfigErrorCode"> {
  if (context.apiVersion < CONFIGS_SINCE) return {};
  if (!broker.authorizer.isAllowed(context, "DESCRIBE_CONFIGS", "topic", name)) {
    return { topicConfigErrorCode: new ApiError("TOPIC_AUTHORIZATION_FAILED").code, configs: null };
  }
  const set = new Map(configs.map(({ name, value }) => [name, value ?? ""]));
  return {
    configs: describeNewTopic(broker, set).map(({ name, value, readOnly, source, sensitive }) => ({
      name,
      value,
      readOnly,
      configSource: source,
      isSensitive: sensitive,
    })),
  };
}

function result(
  { name = "", topicId, partitions, replicationFactor, error }: CreatedTopicInit,
  described: Pick<CreatableTopicResultInput, "configs" | "topicConfigErrorCode">,
): CreatableTopicResultInput {
  if (error !== undefined) return { name, ...kafkaItemError(error), configs: [] };
  const hidden = (described.topicConfigErrorCode ?? 0) !== 0;
  return {
    name,
    topicId: (topicId && uuidFromPeer(topicId)) ?? ZERO_UUID,
    ...kafkaItemError(undefined),
    numPartitions: hidden ? -1 : (partitions ?? -1),
    replicationFactor: hidden ? -1 : (replicationFactor ?? -1),
    ...described,
  };
}
