// DescribeCluster, versions 0-2. KIP-700, KIP-919 (1: endpoint type), KIP-1073 (2: fenced brokers).
import {
  type DescribeClusterRequest,
  describeClusterApi,
} from "@millrace/kafka-protocol/messages/describe-cluster";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { kafkaItemError } from "../core/admin/admin-item.ts";
import { authorizedOperations, CLUSTER_NAME } from "../security/authorizer.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

const BROKERS = 1;
const CONTROLLERS = 2;

export const describeCluster = defineApi({
  api: describeClusterApi,
  versions: { min: 0, max: 2 },
  handle(request, context, broker) {
    checkEndpointType(request);
    const { image } = broker.metadata;
    return {
      throttleTimeMs: 0,
      ...kafkaItemError(undefined),
      endpointType: BROKERS,
      clusterId: image.clusterId,
      // Every broker forwards to the controller, so this one is as good as any (and in reach).
      controllerId: broker.nodeId,
      brokers: brokers(request, context, broker),
      ...(request.includeClusterAuthorizedOperations && {
        clusterAuthorizedOperations: clusterOperations(context, broker),
      }),
    };
  },
  refuse: (_request, error) => ({
    throttleTimeMs: 0,
    errorCode: error.code,
    errorMessage: error.detail,
    clusterId: "",
    brokers: [],
  }),
});

/** Only a controller's own listener tells where controllers are. */
function checkEndpointType({ endpointType }: DescribeClusterRequest): void {
  if (endpointType === BROKERS) return;
  if (endpointType === CONTROLLERS) {
    throw new ApiError("MISMATCHED_ENDPOINT_TYPE", {
      detail:
        "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
    });
  }
  throw new ApiError("UNSUPPORTED_ENDPOINT_TYPE", { detail: `Unsupported endpoint type ${endpointType}` });
}

function brokers(
  { includeFencedBrokers }: DescribeClusterRequest,
  { listener }: KafkaRequestContext,
  { metadata }: Broker,
) {
  const { image } = metadata;
  const known = includeFencedBrokers ? image.brokers : image.aliveBrokers;
  return known.flatMap(({ id, rack, fenced, listeners }) => {
    const endpoint = listeners.find(({ name }) => name === listener);
    if (endpoint === undefined) return [];
    const { host, port } = endpoint;
    return [{ brokerId: id, host, port, rack: rack ?? null, isFenced: fenced }];
  });
}

function clusterOperations(context: KafkaRequestContext, { authorizer }: Broker): number {
  return authorizer.isAllowed(context, "DESCRIBE", "cluster", CLUSTER_NAME)
    ? authorizedOperations(authorizer, context, "cluster", CLUSTER_NAME)
    : 0;
}
