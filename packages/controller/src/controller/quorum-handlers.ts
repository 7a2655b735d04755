import type { AddRaftVoterRequest } from "@millrace/proto/admin";
import type { Origin } from "@millrace/proto/common";
import { ControllerService } from "@millrace/proto/controller";
import type { MemberKey, Voter } from "@millrace/raft";
import { ApiError, type CallContext, isNodeAddress, type ServiceHandlers } from "@millrace/runtime";
import { decideQuorumChangeAsked, type QuorumChangeAsked } from "../decisions/quorum-change-asked.ts";
import { uuidFromPeer } from "../image/uuid.ts";
import { changeQuorum } from "./change-quorum.ts";
import { checkNewVoter } from "./check-new-voter.ts";
import { dial } from "./connect.ts";
import type { Controller } from "./controller.ts";
import type { ControllerQuorum } from "./controller-quorum.ts";
import type { OriginInit } from "./decision-limits.ts";
import { describeQuorum } from "./describe-quorum.ts";
import { originOf } from "./request-origin.ts";

/** One may listen there; whoever dials it dials himself, so that somebody would seem to answer. */
const everyAddress: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

export type QuorumMethod =
  | "describeQuorum"
  | "addRaftVoter"
  | "removeRaftVoter"
  | "updateRaftVoter"
  | "moveController";

/** The quorum of controllers itself (KIP-595, KIP-853). Served by the active one. */
export function quorumHandlers(
  controller: Controller,
): Pick<ServiceHandlers<typeof ControllerService>, QuorumMethod> {
  const { clusterId } = controller;
  const { method } = ControllerService;
  /** Only roles may call. */
  const originOfCall = (
    context: CallContext,
    { name }: { readonly name: string },
    stated?: Origin,
  ): OriginInit => originOf(clusterId, context, name, stated);
  /** The log says who asked before anything happens. */
  const asked = async (origin: OriginInit, record: QuorumChangeAsked): Promise<void> => {
    const { request, principal } = origin;
    controller.logger.info({ request, principal }, "change of the quorum asked for");
    await controller.write(origin, (state) => decideQuorumChangeAsked(state, record));
  };
  return {
    describeQuorum: async ({ origin }, context) => {
      originOfCall(context, method.describeQuorum, origin);
      return describeQuorum(controller, quorumOf(controller).status);
    },
    addRaftVoter: async (request, context) => {
      const origin = originOfCall(context, method.addRaftVoter, request.origin);
      checkCluster(clusterId, request);
      const { nodeId, directoryId, host, port } = request;
      const voter = voterOf(request);
      const quorum = quorumOf(controller);
      checkNewVoter(quorum.status, voter);
      await checkReachable(controller, voter);
      await asked(origin, { case: "addVoterAsked", value: { nodeId, directoryId, host, port } });
      await changeQuorum(controller, context.signal, () => quorum.addVoter(voter));
      return {};
    },
    removeRaftVoter: async (request, context) => {
      const origin = originOfCall(context, method.removeRaftVoter, request.origin);
      checkCluster(clusterId, request);
      const { nodeId, directoryId } = request;
      const voter = { id: nodeId, directoryId: directoryOf(request) };
      await asked(origin, { case: "removeVoterAsked", value: { nodeId, directoryId } });
      await changeQuorum(controller, context.signal, () => quorumOf(controller).removeVoter(voter));
      return {};
    },
    updateRaftVoter: async (request, context) => {
      const origin = originOfCall(context, method.updateRaftVoter, request.origin);
      checkCluster(clusterId, request);
      const { nodeId, directoryId, host, port } = request;
      const voter = voterOf(request);
      if (origin.principal !== `controller:${nodeId}`) throw new ApiError("CLUSTER_AUTHORIZATION_FAILED");
      await checkReachable(controller, voter);
      await asked(origin, { case: "updateVoterAsked", value: { nodeId, directoryId, host, port } });
      await changeQuorum(controller, context.signal, () => quorumOf(controller).updateVoter(voter));
      return {};
    },
    moveController: async ({ nodeId, origin: stated }, context) => {
      const origin = originOfCall(context, method.moveController, stated);
      const quorum = quorumOf(controller);
      const target = successor(quorum, controller.nodeId, nodeId);
      if (target.id !== controller.nodeId) {
        await asked(origin, { case: "moveControllerAsked", value: { nodeId: target.id } });
        await changeQuorum(controller, context.signal, () => quorum.transferLeadership(target));
      }
      return { nodeId: target.id };
    },
  };
}

function quorumOf({ quorum }: Controller): ControllerQuorum {
  if (quorum !== undefined) return quorum;
  throw new ApiError("UNSUPPORTED_VERSION", { detail: "This controller's log is not a quorum's." });
}

function successor({ status }: ControllerQuorum, self: number, wanted: number | undefined): MemberKey {
  const voters = status.members.filter(({ isVoter }) => isVoter);
  if (wanted !== undefined) {
    const voter = status.voters.find(({ id }) => id === wanted);
    if (voter !== undefined) return voter;
    throw new ApiError("VOTER_NOT_FOUND", { detail: `Node ${wanted} is not a voter.` });
  }
  const [next] = voters.filter(({ id }) => id !== self).sort((a, b) => b.matchIndex - a.matchIndex);
  if (next !== undefined) return next;
  throw invalidRequest("There is no other voter that could take over.");
}

function checkCluster(clusterId: string, request: { readonly clusterId: string }): void {
  if (request.clusterId === "" || request.clusterId === clusterId) return;
  throw new ApiError("INCONSISTENT_CLUSTER_ID", {
    detail: `This is cluster ${clusterId}, not ${request.clusterId}.`,
  });
}

function directoryOf({ directoryId }: { readonly directoryId: Uint8Array }): string {
  const uuid = uuidFromPeer(directoryId);
  if (uuid === undefined) throw invalidRequest("A voter is named by its id and its directory id.");
  return uuid;
}

function voterOf(request: Pick<AddRaftVoterRequest, "nodeId" | "directoryId" | "host" | "port">): Voter {
  const { nodeId, host, port } = request;
  if (!isNodeAddress({ host, port })) {
    throw invalidRequest("A voter needs the host and port (1 to 65535) of its controller.");
  }
  if (everyAddress.has(host)) {
    throw invalidRequest(
      `Nobody reaches node ${nodeId} at ${host}: set its grpc.advertised.host to where other controllers do.`,
    );
  }
  return { id: nodeId, directoryId: directoryOf(request), endpoint: { host, port } };
}

/** A voter that nobody reaches would only count against the majority. */
async function checkReachable({ connect }: Controller, { id, endpoint }: Voter): Promise<void> {
  const unavailable = connect && (await dial(connect, endpoint));
  if (unavailable === undefined) return;
  const { host, port } = endpoint;
  throw new ApiError("REQUEST_TIMED_OUT", { detail: `Node ${id} does not answer at ${host}:${port}.` });
}

function invalidRequest(detail: string): ApiError {
  return new ApiError("INVALID_REQUEST", { detail });
}
