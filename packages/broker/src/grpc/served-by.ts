import { type CallContext, sleep } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import type { RequestContext } from "../request-context.ts";
import type { GrpcContexts } from "./grpc-contexts.ts";

type Serve<Request, Response> = (
  request: Request,
  context: RequestContext,
  broker: Broker,
) => Promise<Response> | Response;

/** Makes handlers of gRPC calls that wait until the broker serves, and have it and a context, as the core wants them. */
export function servedBy(serving: Promise<Broker>, contexts: GrpcContexts) {
  return <Request, Response>(requestName: string, serve: Serve<Request, Response>) =>
    async (request: Request, call: CallContext): Promise<Response> => {
      const context = contexts.of(call, requestName);
      const broker = await serving;
      const { liveness } = broker.runtime.clocks;
      const startedMs = liveness.monotonicMs();
      const response = await serve(request, context, broker);
      const pauseMs = broker.quotas.recordRequest(context, liveness.monotonicMs() - startedMs);
      // These answers have no field for it: they come later instead.
      if (pauseMs > 0) await sleep(liveness, pauseMs);
      return response;
    };
}
