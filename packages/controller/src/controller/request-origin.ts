import type { Origin } from "@millrace/proto/common";
import { type CallContext, requireRole } from "@millrace/runtime";
import type { OriginInit } from "./decision-limits.ts";

/** On whose behalf a role asks: as it says, else its own. Only roles of the cluster may. */
export function originOf(
  clusterId: string,
  context: CallContext,
  request: string,
  stated?: Origin,
): OriginInit {
  const peer = requireRole(context, clusterId, "broker", "controller", "coordinator");
  if (stated !== undefined) return stated;
  const principal = `${peer.role === "broker" ? "Broker" : peer.role}:${peer.nodeId}`;
  return { principal, request, clientAddress: peer.address };
}
