import type { Origin } from "@millrace/proto/common";
import type { ControllerService } from "@millrace/proto/controller";
import { type MemberKey, RaftError, type RaftErrorCode } from "@millrace/raft";
import { ApiError, type CallContext, type ErrorName, type ServiceHandlers } from "@millrace/runtime";
import { uuidFromPeer } from "../image/uuid.ts";
import type { Controller } from "./controller.ts";
import type { ControllerQuorum } from "./controller-quorum.ts";
import { describeQuorum } from "./describe-quorum.ts";
import { originOf } from "./request-origin.ts";

export type QuorumMethod = "describeQuorum" | "addRaftVoter" | "removeRaftVoter" | "moveController";

/** The quorum of controllers itself (KIP-595, KIP-853). Served by the active one. */
export function quorumHandlers(
  controller: Controller,
): Pick<ServiceHandlers<typeof ControllerService>, QuorumMethod> {
  const { clusterId } = controller;
  const change = async (
    name: string,
    context: CallContext,
    stated: Origin | undefined,
    apply: (quorum: ControllerQuorum) => Promise<void>,
  ): Promise<void> => {
    const { principal } = originOf(clusterId, context, name, stated);
    controller.logger.info({ request: name, principal }, "change of the quorum asked for");
    try {
      await apply(quorumOf(controller));
    } catch (error) {
      throw error instanceof RaftError ? refusal(error, controller) : error;
    }
  };
  return {
    describeQuorum: async (_, context) => {
      originOf(clusterId, context, "DescribeQuorum");
      return describeQuorum(controller, quorumOf(controller).status);
    },
    addRaftVoter: async (request, context) => {
      const { nodeId: id, host, port, origin } = request;
      await change("AddRaftVoter", context, origin, (quorum) => {
        checkCluster(clusterId, request);
        const key = { id, directoryId: directoryOf(request) };
        if (host === "" || port === 0)
          throw invalidRequest("A voter needs the host and port of its controller.");
        const present = quorum.status.members.find((member) => member.id === id);
        if (present !== undefined && !present.isVoter && present.directoryId !== key.directoryId) {
          throw new ApiError("INVALID_VOTER_KEY", {
            detail: `Node ${id} follows with directory ${present.directoryId}, not with ${key.directoryId}.`,
          });
        }
        return quorum.addVoter({ ...key, endpoint: { host, port } });
      });
      return {};
    },
    removeRaftVoter: async (request, context) => {
      await change("RemoveRaftVoter", context, request.origin, (quorum) => {
        checkCluster(clusterId, request);
        return quorum.removeVoter({ id: request.nodeId, directoryId: directoryOf(request) });
      });
      return {};
    },
    moveController: async ({ nodeId, origin }, context) => {
      let target: MemberKey | undefined;
      await change("MoveController", context, origin, async (quorum) => {
        target = successor(quorum, controller.nodeId, nodeId);
        if (target.id !== controller.nodeId) await quorum.transferLeadership(target);
      });
      return { nodeId: target?.id ?? controller.nodeId };
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

/** As Kafka answers: what may work later is a timeout there. */
const answers: Partial<Readonly<Record<RaftErrorCode, ErrorName>>> = {
  CHANGE_IN_PROGRESS: "REQUEST_TIMED_OUT",
  NOT_CAUGHT_UP: "REQUEST_TIMED_OUT",
  DUPLICATE_VOTER: "DUPLICATE_VOTER",
  UNKNOWN_VOTER: "VOTER_NOT_FOUND",
  LAST_VOTER: "INVALID_REQUEST",
};

function refusal(error: RaftError, { activeController }: Controller): ApiError {
  const id = answers[error.code];
  if (id !== undefined) return new ApiError(id, { detail: error.message, cause: error });
  return new ApiError("NOT_CONTROLLER", { servedBy: activeController, cause: error });
}

function invalidRequest(detail: string): ApiError {
  return new ApiError("INVALID_REQUEST", { detail });
}
