import { controllerClient } from "@millrace/controller";
import { QuorumAdminService } from "@millrace/proto/admin";
import type { Clock, RpcChannel, RpcRouter } from "@millrace/runtime";
import { GrpcContexts } from "./grpc/grpc-contexts.ts";
import { quorumAdminHandlers } from "./grpc/quorum-admin-service.ts";
import { type Authorizer, allowAll } from "./security/authorizer.ts";

export interface ServeQuorumAdminOptions {
  readonly router: RpcRouter;
  /** To the active controller. Whoever made it closes it. */
  readonly controllerChannel: RpcChannel;
  /** Liveness. */
  readonly clock: Clock;
  readonly authorizer?: Authorizer;
}

/**
 * Administration of the quorum as every broker has it, on a node that is none: who repairs a quorum may find no broker in
 * service.
 */
export function serveQuorumAdmin(options: ServeQuorumAdminOptions): void {
  const { router, controllerChannel, clock, authorizer = allowAll } = options;
  const contexts = new GrpcContexts();
  const admin = { authorizer, controller: controllerClient(controllerChannel, clock) };
  const handlers = quorumAdminHandlers(
    (requestName, serve) => (request, call) => serve(request, contexts.of(call, requestName), admin),
  );
  router.add(QuorumAdminService, handlers);
}
