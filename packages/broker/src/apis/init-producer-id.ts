// InitProducerId, versions 0-5 (6, two-phase commit, is unstable in Kafka 4.3). KIP-98, KIP-360 (3: recovery).
import { brokerConfigValue } from "@millrace/controller";
import {
  type InitProducerIdRequest,
  initProducerIdApi,
} from "@millrace/kafka-protocol/messages/init-producer-id";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { CLUSTER_NAME } from "../security/authorizer.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

export const initProducerId = defineApi({
  api: initProducerIdApi,
  versions: { min: 0, max: 5 },
  async handle(request, context, broker) {
    const { producerId, producerEpoch } = request;
    if ((producerId === -1) !== (producerEpoch === -1)) throw new ApiError("INVALID_REQUEST");
    if (request.transactionalId !== null) {
      throw transactionalRefusal(request, request.transactionalId, context, broker);
    }
    if (!mayProduce(context, broker)) throw new ApiError("CLUSTER_AUTHORIZATION_FAILED");
    // A producer without transactions that brings an id gets a new one all the same.
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      producerId: await broker.producerIds.next(),
      producerEpoch: 0,
    };
  },
  refuse: (_request, { code }) => ({
    throttleTimeMs: 0,
    errorCode: code,
    producerId: -1,
    producerEpoch: -1,
  }),
});

/** Idempotence needs no right of its own, where there is one to write anything at all (KIP-679). */
function mayProduce(context: KafkaRequestContext, { authorizer, metadata }: Broker): boolean {
  return (
    authorizer.isAllowed(context, "IDEMPOTENT_WRITE", "cluster", CLUSTER_NAME) ||
    metadata.image.topicNames.some((name) => authorizer.isAllowed(context, "WRITE", "topic", name))
  );
}

/** There is no transaction coordinator yet, which clients take for one that still starts. */
function transactionalRefusal(
  { transactionTimeoutMs }: InitProducerIdRequest,
  transactionalId: string,
  context: KafkaRequestContext,
  { authorizer, metadata, configView }: Broker,
): ApiError {
  if (!authorizer.isAllowed(context, "WRITE", "transactionalId", transactionalId)) {
    return new ApiError("TRANSACTIONAL_ID_AUTHORIZATION_FAILED");
  }
  if (transactionalId === "") return new ApiError("INVALID_REQUEST");
  const timeoutMaxMs = brokerConfigValue(metadata.image, configView, "transaction.max.timeout.ms");
  if (transactionTimeoutMs <= 0 || transactionTimeoutMs > timeoutMaxMs) {
    return new ApiError("INVALID_TRANSACTION_TIMEOUT");
  }
  return new ApiError("COORDINATOR_NOT_AVAILABLE");
}
