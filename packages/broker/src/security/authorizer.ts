import type { RequestContext } from "../request-context.ts";

/** Kafka's operations (AclOperation) with their numbers, in which bit sets of allowed operations are written. */
export const aclOperations = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
  CREATE_TOKENS: 13,
  DESCRIBE_TOKENS: 14,
  TWO_PHASE_COMMIT: 15,
} as const;

export type AclOperation = keyof typeof aclOperations;

/** Kafka's resource types (ResourceType). */
export type ResourceType = "topic" | "group" | "cluster" | "transactionalId" | "delegationToken" | "user";

/** The one resource of type `cluster`. */
export const CLUSTER_NAME = "kafka-cluster";

/**
 * Asked before every operation, whatever door the request came through. Answers at once, from state that it has:
 * requests of one connection must not overtake each other while it thinks.
 */
export interface Authorizer {
  isAllowed(context: RequestContext, operation: AclOperation, type: ResourceType, name: string): boolean;
}

export const allowAll: Authorizer = { isAllowed: () => true };

const byResource: Readonly<Record<"topic" | "group" | "cluster", readonly AclOperation[]>> = {
  topic: ["READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"],
  group: ["READ", "DELETE", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"],
  cluster: [
    "CREATE",
    "ALTER",
    "DESCRIBE",
    "CLUSTER_ACTION",
    "DESCRIBE_CONFIGS",
    "ALTER_CONFIGS",
    "IDEMPOTENT_WRITE",
  ],
};

/** The operations that a principal may do, as the bit set of KIP-430: bit n is the operation with number n. */
export function authorizedOperations(
  authorizer: Authorizer,
  context: RequestContext,
  type: "topic" | "group" | "cluster",
  name: string,
): number {
  let bits = 0;
  for (const operation of byResource[type]) {
    if (authorizer.isAllowed(context, operation, type, name)) bits |= 1 << aclOperations[operation];
  }
  return bits;
}
