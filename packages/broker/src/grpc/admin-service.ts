import type { MessageInitShape } from "@bufbuild/protobuf";
import { uuidToBytes } from "@millrace/controller";
import type {
  AdminService,
  LowWatermarkSchema,
  OffsetAnswerSchema,
  ResourceConfigsSchema,
  TopicDescriptionSchema,
} from "@millrace/proto/admin";
import { ApiError, type ServiceHandlers } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { itemError, settleItem } from "../core/admin/admin-item.ts";
import { alterConfigs } from "../core/admin/alter-configs.ts";
import { createPartitions } from "../core/admin/create-partitions.ts";
import { createTopics } from "../core/admin/create-topics.ts";
import { deleteRecords } from "../core/admin/delete-records.ts";
import { deleteTopics } from "../core/admin/delete-topics.ts";
import { describeConfigs } from "../core/admin/describe-configs.ts";
import { eachBounded } from "../core/admin/each-bounded.ts";
import { listOffset } from "../core/admin/list-offsets.ts";
import { updateFeatures } from "../core/admin/update-features.ts";
import { ledPartition } from "../core/led-partition.ts";
import { isInternalTopic } from "../core/topic-names.ts";
import type { RequestContext } from "../request-context.ts";
import type { GrpcContexts } from "./grpc-contexts.ts";
import { servedBy } from "./served-by.ts";

/** How long a change may take; the callers' own deadlines end their calls before, milliseconds. */
const TIMEOUT_MS = 30_000;

/** Administration for Millrace's own client, by the same core as Kafka's admin APIs. Calls wait until the broker serves. */
export function adminHandlers(
  serving: Promise<Broker>,
  contexts: GrpcContexts,
): ServiceHandlers<typeof AdminService> {
  const handler = servedBy(serving, contexts);
  const change = ({ validateOnly = false }: { readonly validateOnly?: boolean } = {}) => ({
    validateOnly,
    timeoutMs: TIMEOUT_MS,
  });
  const offsetOf = (broker: Broker) => BigInt(broker.metadata.image.offset);
  return {
    createTopics: handler("CreateTopics", async (request, context, broker) => {
      const topics = await createTopics(broker, context, request.topics, change(request));
      return { topics, metadataOffset: offsetOf(broker) };
    }),
    deleteTopics: handler("DeleteTopics", async (request, context, broker) => {
      const topics = await deleteTopics(broker, context, request.topics, change());
      return { topics, metadataOffset: offsetOf(broker) };
    }),
    createPartitions: handler("CreatePartitions", async (request, context, broker) => {
      const topics = await createPartitions(broker, context, request.topics, change(request));
      return { topics, metadataOffset: offsetOf(broker) };
    }),
    alterConfigs: handler("AlterConfigs", async (request, context, broker) => {
      const resources = await alterConfigs(broker, context, request.resources, change(request));
      return { resources, metadataOffset: offsetOf(broker) };
    }),
    updateFeatures: handler("UpdateFeatures", async (request, context, broker) => {
      await updateFeatures(broker, context, request.updates, change(request));
      return { metadataOffset: offsetOf(broker) };
    }),
    describeTopics: handler("DescribeTopics", ({ names }, context, broker) => ({
      topics: describeTopics(names, context, broker),
    })),
    describeCluster: handler("DescribeCluster", (_, __, broker) => describeCluster(broker)),
    describeConfigs: handler("DescribeConfigs", async ({ resources }, context, broker) => ({
      resources: await Promise.all(
        resources.map((resource) =>
          settleItem<MessageInitShape<typeof ResourceConfigsSchema>>(
            () => ({
              resource,
              entries: describeConfigs(broker, context, resource).map(({ value, ...config }) => ({
                name: config.name,
                ...(value !== null && { value }),
                source: config.source,
                readOnly: config.readOnly,
                sensitive: config.sensitive,
              })),
            }),
            (error) => ({ resource, error: itemError(error) }),
          ),
        ),
      ),
    })),
    listOffsets: handler("ListOffsets", async ({ queries }, context, broker) => ({
      answers: await eachBounded(queries, ({ topic, partition, timestampMs }) =>
        settleItem<MessageInitShape<typeof OffsetAnswerSchema>>(
          async () => {
            requireAllowed(broker, context, topic);
            const led = ledPartition(broker.metadata.image, broker.replicas, topic, partition);
            const found = await listOffset(led, Number(timestampMs), "highWatermark");
            return { offset: BigInt(found.offset), timestampMs: BigInt(found.timestampMs) };
          },
          (error) => ({ error: itemError(error) }),
        ),
      ),
    })),
    deleteRecords: handler("DeleteRecords", async ({ partitions }, context, broker) => ({
      partitions: await eachBounded(partitions, ({ topic, partition, offset }) =>
        settleItem<MessageInitShape<typeof LowWatermarkSchema>>(
          async () => ({
            offset: BigInt(await deleteRecords(broker, context, { topic, partition }, Number(offset))),
          }),
          (error) => ({ error: itemError(error) }),
        ),
      ),
    })),
  };
}

function requireAllowed({ authorizer }: Broker, context: RequestContext, topic: string): void {
  if (authorizer.isAllowed(context, "DESCRIBE", "topic", topic)) return;
  throw new ApiError("TOPIC_AUTHORIZATION_FAILED");
}

function describeTopics(
  names: readonly string[],
  context: RequestContext,
  broker: Broker,
): MessageInitShape<typeof TopicDescriptionSchema>[] {
  const { image } = broker.metadata;
  if (names.length > 0) return names.map((name) => describeTopic(name, context, broker));
  return image.topicNames
    .filter((name) => broker.authorizer.isAllowed(context, "DESCRIBE", "topic", name))
    .map((name) => describeTopic(name, context, broker));
}

function describeTopic(
  name: string,
  context: RequestContext,
  { metadata, authorizer }: Broker,
): MessageInitShape<typeof TopicDescriptionSchema> {
  if (!authorizer.isAllowed(context, "DESCRIBE", "topic", name)) {
    return { name, error: itemError(new ApiError("TOPIC_AUTHORIZATION_FAILED")) };
  }
  const { image } = metadata;
  const topic = image.topic(name);
  if (topic === undefined) {
    return { name, error: itemError(new ApiError("UNKNOWN_TOPIC_OR_PARTITION")) };
  }
  return {
    name,
    topicId: uuidToBytes(topic.id),
    internal: isInternalTopic(name),
    partitions: Array.from({ length: topic.partitions.count }, (_, partition) => ({
      partition,
      leader: image.aliveLeader(topic, partition),
      leaderEpoch: topic.partitions.leaderEpoch(partition),
      replicas: topic.partitions.replicas(partition),
      isr: topic.partitions.isr(partition),
    })),
  };
}

function describeCluster({ nodeId, metadata }: Broker) {
  const { image } = metadata;
  return {
    clusterId: image.clusterId,
    // Every broker forwards to the controller, so this one is as good as any (and in reach).
    controllerId: nodeId,
    brokers: image.brokers.map(({ id, listeners, grpcHost, grpcPort, rack, fenced }) => ({
      brokerId: id,
      listeners: listeners.map(({ name, securityProtocol, host, port }) => ({
        name,
        securityProtocol,
        host,
        port,
      })),
      grpcHost,
      grpcPort,
      ...(rack !== undefined && { rack }),
      fenced,
    })),
  };
}
