// FindCoordinator, versions 0-6. KIP-699 (4: several keys), KIP-932 (6: share coordinators).
import { findCoordinatorApi } from "@millrace/kafka-protocol/messages/find-coordinator";
import { type ErrorName, errorTable } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { CLUSTER_NAME } from "../security/authorizer.ts";
import { defineApi } from "./kafka-api.ts";
import type { KafkaRequestContext } from "./kafka-request-context.ts";

const NO_NODE = { nodeId: -1, host: "", port: -1 };
/** Kafka's numbers (FindCoordinatorRequest.CoordinatorType). */
const keyTypes = { group: 0, transaction: 1, share: 2 } as const;
const SEVERAL_SINCE = 4;
const SHARE_SINCE = 6;

/** There are no coordinators yet. Clients take this for a cluster that still starts, and ask again. */
export const findCoordinator = defineApi({
  api: findCoordinatorApi,
  versions: { min: 0, max: 6 },
  handle({ key: only, keyType, coordinatorKeys }, context, broker) {
    const answer = (key: string) => {
      const { code, text } = errorTable[refusal(keyType, key, context, broker)];
      return { errorCode: code, errorMessage: text, ...NO_NODE };
    };
    if (context.apiVersion < SEVERAL_SINCE) return answer(only);
    return { coordinators: coordinatorKeys.map((key) => ({ key, ...answer(key) })) };
  },
});

function refusal(
  keyType: number,
  key: string,
  context: KafkaRequestContext,
  { authorizer }: Broker,
): ErrorName {
  switch (keyType) {
    case keyTypes.group:
      if (!authorizer.isAllowed(context, "DESCRIBE", "group", key)) return "GROUP_AUTHORIZATION_FAILED";
      break;
    case keyTypes.transaction:
      if (!authorizer.isAllowed(context, "DESCRIBE", "transactionalId", key)) {
        return "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
      }
      break;
    case keyTypes.share:
      if (context.apiVersion < SHARE_SINCE) return "INVALID_REQUEST";
      if (!authorizer.isAllowed(context, "CLUSTER_ACTION", "cluster", CLUSTER_NAME)) {
        return "CLUSTER_AUTHORIZATION_FAILED";
      }
      break;
    default:
      return "INVALID_REQUEST";
  }
  return "COORDINATOR_NOT_AVAILABLE";
}
