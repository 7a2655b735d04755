import type { DescribeQuorumResponse } from "@millrace/proto/admin";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";
import { originOf } from "./change-metadata.ts";
import { requireCluster } from "./require-cluster.ts";

/** What the administration of a quorum needs of a node. */
export type QuorumAdmin = Pick<Broker, "authorizer" | "controller">;

/** A node of the quorum, or one to be: its id on this disk. */
export interface VoterName {
  readonly nodeId: number;
  /** 16 bytes. */
  readonly directoryId: Uint8Array;
  /** Of the cluster that the caller means; "": whichever this is. */
  readonly clusterId: string;
}

/** What the active controller knows of its quorum (KIP-595). */
export async function describeQuorum(
  admin: QuorumAdmin,
  context: RequestContext,
): Promise<DescribeQuorumResponse> {
  requireCluster(admin, context, "DESCRIBE");
  return await admin.controller.describeQuorum({ origin: originOf(context) });
}

/** Resolves when the voter set with it is committed (KIP-853). */
export async function addRaftVoter(
  admin: QuorumAdmin,
  context: RequestContext,
  { nodeId, directoryId, clusterId }: VoterName,
  { host, port, timeoutMs }: { readonly host: string; readonly port: number; readonly timeoutMs: number },
): Promise<void> {
  requireCluster(admin, context, "ALTER");
  const origin = originOf(context);
  await admin.controller.addRaftVoter({ nodeId, directoryId, clusterId, host, port, origin }, { timeoutMs });
}

/** Resolves when the voter set without it is committed (KIP-853). */
export async function removeRaftVoter(
  admin: QuorumAdmin,
  context: RequestContext,
  { nodeId, directoryId, clusterId }: VoterName,
  timeoutMs: number,
): Promise<void> {
  requireCluster(admin, context, "ALTER");
  const origin = originOf(context);
  await admin.controller.removeRaftVoter({ nodeId, directoryId, clusterId, origin }, { timeoutMs });
}

/** Makes `target`, or the best other voter, the active controller; resolves with the id of who is. */
export async function moveController(
  admin: QuorumAdmin,
  context: RequestContext,
  target: number | undefined,
): Promise<number> {
  requireCluster(admin, context, "ALTER");
  const wanted = target === undefined ? {} : { nodeId: target };
  const { nodeId } = await admin.controller.moveController({ ...wanted, origin: originOf(context) });
  return nodeId;
}
