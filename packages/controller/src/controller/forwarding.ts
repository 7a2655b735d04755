import { create, type DescMethodUnary } from "@bufbuild/protobuf";
import { type Origin, OriginSchema } from "@millrace/proto/common";
import { ControllerService } from "@millrace/proto/controller";
import {
  ApiError,
  type CallContext,
  type CallOptions,
  RpcUnavailableError,
  type ServiceHandlers,
} from "@millrace/runtime";
import { ControllerTargets } from "../quorum-channel/controller-targets.ts";
import type { MetadataMethod } from "./admin-handlers.ts";
import type { Controller } from "./controller.ts";
import type { QuorumMethod } from "./quorum-handlers.ts";
import { originOf } from "./request-origin.ts";

type AdminMethod = MetadataMethod | QuorumMethod;
type AdminHandlers = Pick<ServiceHandlers<typeof ControllerService>, AdminMethod>;
type Request = { readonly origin?: Origin };
type Serve = (request: Request, context: CallContext) => Promise<object>;
type Call = (request: object, options: CallOptions) => Promise<object>;

/** Callers' own deadlines come before, by their signal; milliseconds. */
const TIMEOUT_MAX_MS = 300_000;

/** May make another controller the active one, and is answered by the one before all the same. */
const movesLeader: ReadonlySet<string> = new Set<QuorumMethod>(["moveController", "removeRaftVoter"]);

/**
 * Serves what only the active controller can: here when this is the one, else there. What another controller forwarded
 * goes no further, so that two that take each other for active cannot pass a request back and forth.
 */
export class Forwarding {
  readonly #controller: Controller;
  readonly #targets: ControllerTargets | undefined;
  /** Calls on their way that end when the active controller is another one, and to whom they go. */
  readonly #calls = new Map<AbortController, number>();
  readonly #unwatch: (() => void) | undefined;

  constructor(controller: Controller) {
    const { connect, quorum } = controller;
    this.#controller = controller;
    this.#targets = connect && new ControllerTargets([], connect);
    this.#unwatch = quorum?.onChange(() => this.#leaderMayHaveChanged());
  }

  over(handlers: AdminHandlers): AdminHandlers {
    const forwarding = Object.entries(handlers).map(([name, serve]) => [
      name,
      (request: Request, context: CallContext) =>
        this.#controller.isActive
          ? (serve as unknown as Serve)(request, context)
          : this.#forward(ControllerService.method[name as AdminMethod], request, context),
    ]);
    return Object.fromEntries(forwarding) as AdminHandlers;
  }

  async close(): Promise<void> {
    this.#unwatch?.();
    await this.#targets?.close();
  }

  async #forward(method: DescMethodUnary, request: Request, context: CallContext): Promise<object> {
    const { clusterId, activeController } = this.#controller;
    const origin = create(OriginSchema, originOf(clusterId, context, method.name, request.origin));
    const isForwarded = this.#isOfAnotherController(context);
    const target = activeController && !isForwarded ? this.#targets?.at(activeController) : undefined;
    if (target === undefined || activeController === undefined) {
      throw new ApiError("NOT_CONTROLLER", { servedBy: activeController });
    }
    const call = target.channel.client(ControllerService) as unknown as Readonly<Record<string, Call>>;
    const moved = new AbortController();
    if (!movesLeader.has(method.localName)) this.#calls.set(moved, activeController.nodeId);
    try {
      return await call[method.localName]!(
        { ...request, origin },
        {
          signal: AbortSignal.any([context.signal, moved.signal]),
          timeoutMs: TIMEOUT_MAX_MS,
          ...(context.trace && { trace: context.trace }),
        },
      );
    } catch (error) {
      // As from a controller that lost its leadership meanwhile: it may have been decided all the same.
      throw error instanceof RpcUnavailableError ? new ApiError("NOT_CONTROLLER", { cause: error }) : error;
    } finally {
      this.#calls.delete(moved);
    }
  }

  #isOfAnotherController({ peer }: CallContext): boolean {
    return peer.kind === "role" && peer.role === "controller" && peer.nodeId !== this.#controller.nodeId;
  }

  /** Whoever stands still answers nobody, also when another leads already. */
  #leaderMayHaveChanged(): void {
    const { activeController } = this.#controller;
    for (const [moved, nodeId] of this.#calls) {
      if (activeController?.nodeId === nodeId) continue;
      moved.abort(new ApiError("NOT_CONTROLLER", { servedBy: activeController }));
    }
  }
}
