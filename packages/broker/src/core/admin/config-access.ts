import { type ConfigResourceType, configResourceTypes } from "@millrace/controller";
import { ApiError, type ErrorName } from "@millrace/runtime";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { CLUSTER_NAME, type ResourceType } from "../../security/authorizer.ts";

/** Kafka's number for the loggers of a broker; the other types are the controller's. */
export const BROKER_LOGGER = 8;

export type DescribedResourceType = ConfigResourceType | typeof BROKER_LOGGER;

const access: Readonly<Record<number, { readonly type: ResourceType; readonly error: ErrorName }>> = {
  [configResourceTypes.topic]: { type: "topic", error: "TOPIC_AUTHORIZATION_FAILED" },
  [configResourceTypes.group]: { type: "group", error: "GROUP_AUTHORIZATION_FAILED" },
  [configResourceTypes.broker]: { type: "cluster", error: "CLUSTER_AUTHORIZATION_FAILED" },
  [configResourceTypes.clientMetrics]: { type: "cluster", error: "CLUSTER_AUTHORIZATION_FAILED" },
  [BROKER_LOGGER]: { type: "cluster", error: "CLUSTER_AUTHORIZATION_FAILED" },
};

/** Why `name` is not this broker's id: others know their own configs only. */
export function foreignId({ nodeId }: Broker, name: string): ApiError | undefined {
  if (!/^-?\d{1,10}$/.test(name)) {
    return new ApiError("INVALID_REQUEST", { detail: `Broker id must be an integer, but it is: ${name}` });
  }
  if (Number(name) === nodeId) return undefined;
  return new ApiError("INVALID_REQUEST", {
    detail: `Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`,
  });
}

/** Why the caller may not do that to the resource's configs; undefined when it may, or when there is no such type. */
export function configRefusal(
  { authorizer }: Broker,
  context: RequestContext,
  operation: "DESCRIBE_CONFIGS" | "ALTER_CONFIGS",
  resource: { readonly type: number; readonly name: string },
): ApiError | undefined {
  const needed = access[resource.type];
  if (needed === undefined) return undefined;
  const name = needed.type === "cluster" ? CLUSTER_NAME : resource.name;
  return authorizer.isAllowed(context, operation, needed.type, name) ? undefined : new ApiError(needed.error);
}
