import { ApiError } from "../errors/api-error.ts";
import type { CallContext, Peer } from "./rpc.ts";

export type RolePeer = Extract<Peer, { kind: "role" }>;

/** Refuses, with CLUSTER_AUTHORIZATION_FAILED, callers that are none of these roles of the cluster. */
export function requireRole(
  context: Pick<CallContext, "peer">,
  ...roles: readonly [RolePeer["role"], ...RolePeer["role"][]]
): RolePeer {
  const { peer } = context;
  if (peer.kind !== "role" || !roles.includes(peer.role)) {
    throw new ApiError("CLUSTER_AUTHORIZATION_FAILED", { detail: `only for ${roles.join(", ")}` });
  }
  return peer;
}
