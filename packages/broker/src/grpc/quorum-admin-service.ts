import type { QuorumAdminService } from "@millrace/proto/admin";
import type { CallContext, ServiceHandlers } from "@millrace/runtime";
import {
  addRaftVoter,
  describeQuorum,
  moveController,
  type QuorumAdmin,
  removeRaftVoter,
} from "../core/admin/quorum.ts";
import type { RequestContext } from "../request-context.ts";

/** How long a change may take; the callers' own deadlines end their calls before, milliseconds. */
const TIMEOUT_MS = 30_000;

/** Makes the handler of a call, by Kafka's name for it. */
type MakeHandler = <Request, Response>(
  requestName: string,
  serve: (request: Request, context: RequestContext, admin: QuorumAdmin) => Promise<Response>,
) => (request: Request, call: CallContext) => Promise<Response>;

/** Administration of the quorum for Millrace's own client and command, by the same core as Kafka's APIs for it. */
export function quorumAdminHandlers(handler: MakeHandler): ServiceHandlers<typeof QuorumAdminService> {
  return {
    describeQuorum: handler("DescribeQuorum", (_, context, admin) => describeQuorum(admin, context)),
    addRaftVoter: handler("AddRaftVoter", async (request, context, admin) => {
      const { host, port } = request;
      await addRaftVoter(admin, context, request, { host, port, timeoutMs: TIMEOUT_MS });
      return {};
    }),
    removeRaftVoter: handler("RemoveRaftVoter", async (request, context, admin) => {
      await removeRaftVoter(admin, context, request, TIMEOUT_MS);
      return {};
    }),
    moveController: handler("MoveController", async ({ nodeId }, context, admin) => ({
      nodeId: await moveController(admin, context, nodeId),
    })),
  };
}
