// Metadata, versions 0-13. KIP-516 (10: topic ids, 12: by id), KIP-430 (8: operations), KIP-1102 (13: error code).
import { ZERO_UUID } from "@millrace/kafka-protocol";
import { type MetadataRequest, metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { ApiError, errorTable } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { autoCreateTopics, type CreationFailures } from "../core/auto-create-topics.ts";
import { authorizedOperations, CLUSTER_NAME } from "../security/authorizer.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";
import { describeTopic, topicFailure } from "./metadata-topic.ts";

const BY_ID_SINCE = 12;
const NO_FAILURES: CreationFailures = new Map();

export const metadata = defineApi({
  api: metadataApi,
  versions: { min: 0, max: 13 },
  handle(request, context, broker) {
    checkReferences(request, context.apiVersion);
    const missing = creatable(request, context, broker);
    if (missing.length === 0) return respond(request, context, broker, NO_FAILURES);
    return autoCreateTopics(broker, context, missing).then((failures) =>
      respond(request, context, broker, failures),
    );
  },
  refuse: (request, error) => ({
    brokers: [],
    topics: (request.topics ?? []).map(({ name, topicId }) => topicFailure(error.id, name ?? "", topicId)),
    errorCode: error.code,
  }),
});

/** Until version 11 a topic is named, though version 10 has the fields for ids already. */
function checkReferences({ topics }: MetadataRequest, version: number): void {
  for (const { name, topicId } of topics ?? []) {
    if (version < BY_ID_SINCE && (name === null || topicId !== ZERO_UUID)) {
      throw new ApiError("INVALID_REQUEST", {
        detail: `topics are asked for by id since version ${BY_ID_SINCE}`,
      });
    }
  }
}

/** Topics that were asked for by name, that the client may see, and that would be created for the asking. */
function creatable(request: MetadataRequest, context: KafkaRequestContext, broker: Broker): string[] {
  if (!request.allowAutoTopicCreation || request.topics === null) return [];
  const { image } = broker.metadata;
  const missing = new Set<string>();
  for (const { name } of request.topics) {
    if (name === null || image.topic(name) !== undefined) continue;
    if (broker.authorizer.isAllowed(context, "DESCRIBE", "topic", name)) missing.add(name);
  }
  return missing.size > 0 && broker.settings.current.autoCreateTopics ? [...missing] : [];
}

function respond(
  request: MetadataRequest,
  context: KafkaRequestContext,
  broker: Broker,
  failures: CreationFailures,
) {
  const { image } = broker.metadata;
  return {
    brokers: image.aliveBrokers.flatMap(({ id, rack }) => {
      const endpoint = image.endpoint(id, context.listener);
      return endpoint === undefined ? [] : [{ nodeId: id, ...addressOf(endpoint), rack: rack ?? null }];
    }),
    clusterId: image.clusterId,
    // Every broker forwards to the controller, so this one is as good as any (and in reach).
    controllerId: broker.nodeId,
    topics: describeTopics(request, context, broker, failures),
    ...(request.includeClusterAuthorizedOperations && {
      clusterAuthorizedOperations: authorizedOperations(broker.authorizer, context, "cluster", CLUSTER_NAME),
    }),
    errorCode: errorTable.NONE.code,
  };
}

function addressOf({ host, port }: { readonly host: string; readonly port: number }) {
  return { host, port };
}

function describeTopics(
  request: MetadataRequest,
  context: KafkaRequestContext,
  broker: Broker,
  failures: CreationFailures,
) {
  const { image } = broker.metadata;
  const describe = (name: string) => describeTopic(broker, image, context, name, request, failures.get(name));
  const visible = (name: string) => broker.authorizer.isAllowed(context, "DESCRIBE", "topic", name);
  const { topics } = request;
  // All of them: null, and in version 0 an empty list.
  if (topics === null || (context.apiVersion === 0 && topics.length === 0)) {
    return image.topicNames.filter(visible).map(describe);
  }
  const names = new Set<string>();
  const unknownIds = new Set<string>();
  for (const { name, topicId } of topics) {
    if (name !== null) names.add(name);
    else {
      const topic = image.topicById(topicId);
      // An id that may not be seen looks like one that does not exist.
      if (topic === undefined || !visible(topic.name)) unknownIds.add(topicId);
      else names.add(topic.name);
    }
  }
  return [
    ...Array.from(names, (name) =>
      visible(name) ? describe(name) : topicFailure("TOPIC_AUTHORIZATION_FAILED", name, ZERO_UUID),
    ),
    ...Array.from(unknownIds, (topicId) => topicFailure("UNKNOWN_TOPIC_ID", null, topicId)),
  ];
}
