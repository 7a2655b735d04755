import { ApiError } from "../errors/api-error.ts";
import type { CallContext, Peer } from "./rpc.ts";

export type RolePeer = Extract<Peer, { kind: "role" }>;

/**
 * Who calls, as one of these roles of the cluster. Refuses others with CLUSTER_AUTHORIZATION_FAILED, and roles of another
 * cluster, which reach this port by a wrong address, with INCONSISTENT_CLUSTER_ID.
 */
export function requireRole(
  { peer }: Pick<CallContext, "peer">,
  clusterId: string,
  ...roles: readonly [RolePeer["role"], ...RolePeer["role"][]]
): RolePeer {
  if (peer.kind !== "role" || !roles.includes(peer.role)) {
    throw new ApiError("CLUSTER_AUTHORIZATION_FAILED", { detail: `only for ${roles.join(", ")}` });
  }
  if (peer.clusterId !== clusterId) {
    throw new ApiError("INCONSISTENT_CLUSTER_ID", {
      detail: `this is cluster ${clusterId}, and ${peer.role} ${peer.nodeId} belongs to ${peer.clusterId}`,
    });
  }
  return peer;
}
