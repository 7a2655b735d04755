// FindCoordinator, versions 0-6. KIP-699 (4: several keys), KIP-932 (6: share coordinators).
import { findCoordinatorApi } from "@millrace/kafka-protocol/messages/find-coordinator";
import { errorTable } from "@millrace/runtime";
import { defineApi } from "./kafka-api.ts";

const NO_NODE = { nodeId: -1, host: "", port: -1 };
const notAvailable = {
  errorCode: errorTable.COORDINATOR_NOT_AVAILABLE.code,
  errorMessage: errorTable.COORDINATOR_NOT_AVAILABLE.text,
};

/** There are no coordinators yet. Clients take this for a cluster that still starts, and ask again. */
export const findCoordinator = defineApi({
  api: findCoordinatorApi,
  versions: { min: 0, max: 6 },
  handle(request, context) {
    if (context.apiVersion < 4) return { ...notAvailable, ...NO_NODE };
    return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...notAvailable, ...NO_NODE })) };
  },
});
