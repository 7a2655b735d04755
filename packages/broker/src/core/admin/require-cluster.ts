import { ApiError } from "@millrace/runtime";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { type AclOperation, CLUSTER_NAME } from "../../security/authorizer.ts";

/** Throws CLUSTER_AUTHORIZATION_FAILED for who may not do that to the cluster. */
export function requireCluster(
  { authorizer }: Pick<Broker, "authorizer">,
  context: RequestContext,
  operation: AclOperation,
): void {
  if (authorizer.isAllowed(context, operation, "cluster", CLUSTER_NAME)) return;
  throw new ApiError("CLUSTER_AUTHORIZATION_FAILED");
}
