// ListConfigResources, versions 0-1. KIP-714 (0: subscriptions to client metrics), KIP-1142 (1: every type).
import { configResourceTypes, type MetadataImage } from "@millrace/controller";
import { listConfigResourcesApi } from "@millrace/kafka-protocol/messages/list-config-resources";
import { ApiError } from "@millrace/runtime";
import { BROKER_LOGGER } from "../core/admin/config-access.ts";
import { CLUSTER_NAME } from "../security/authorizer.ts";
import { defineApi } from "./kafka-api.ts";

const { topic, broker, clientMetrics, group } = configResourceTypes;
const listable: readonly number[] = [topic, broker, BROKER_LOGGER, clientMetrics, group];

export const listConfigResources = defineApi({
  api: listConfigResourcesApi,
  versions: { min: 0, max: 1 },
  handle(request, context, { authorizer, metadata }) {
    if (!authorizer.isAllowed(context, "DESCRIBE_CONFIGS", "cluster", CLUSTER_NAME)) {
      throw new ApiError("CLUSTER_AUTHORIZATION_FAILED");
    }
    const asked = context.apiVersion === 0 ? [clientMetrics] : [...new Set(request.resourceTypes)];
    if (asked.some((type) => !listable.includes(type))) throw new ApiError("UNSUPPORTED_VERSION");
    const types = asked.length === 0 ? listable : asked;
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      configResources: types.flatMap((resourceType) =>
        resourceNames(metadata.image, resourceType).map((resourceName) => ({ resourceName, resourceType })),
      ),
    };
  },
  refuse: (_request, { code }) => ({ throttleTimeMs: 0, errorCode: code, configResources: [] }),
});

/** Topics and brokers all have configs; of groups and subscriptions those are known for which something was set. */
function resourceNames(image: MetadataImage, type: number): readonly string[] {
  switch (type) {
    case topic:
      return image.topicNames;
    case broker:
    case BROKER_LOGGER:
      return image.aliveBrokers.map(({ id }) => String(id));
    default:
      return [...image.state.configs.keys()]
        .filter((key) => key.startsWith(`${type}:`))
        .map((key) => key.slice(`${type}:`.length))
        .sort();
  }
}
