import { ApiError, type CallOptions } from "@millrace/runtime";
import type { Broker } from "../../broker.ts";
import type { RequestContext } from "../../request-context.ts";

/** Longest time that an admin call may take, whatever its client asks for; milliseconds. */
const TIMEOUT_MAX_MS = 300_000;

/**
 * Has the controller change something, and waits until this broker has applied it, so that what was created can be used
 * at once. Rejects with REQUEST_TIMED_OUT after `timeoutMs`: the change may still come.
 */
export async function changeMetadata<Response extends { readonly metadataOffset: bigint }>(
  { runtime, metadata }: Broker,
  timeoutMs: number,
  call: (options: CallOptions) => Promise<Response>,
): Promise<Response> {
  const late = new AbortController();
  const timedOut = Promise.withResolvers<never>();
  const limitMs = Math.min(Math.max(0, timeoutMs), TIMEOUT_MAX_MS);
  const timer = runtime.clocks.liveness.setTimer(limitMs, () => {
    const error = new ApiError("REQUEST_TIMED_OUT");
    late.abort(error);
    timedOut.reject(error);
  });
  try {
    const work = async () => {
      const response = await call({ signal: late.signal, timeoutMs: limitMs });
      await metadata.whenApplied(Number(response.metadataOffset));
      return response;
    };
    return await Promise.race([work(), timedOut.promise]);
  } finally {
    timer.cancel();
  }
}

/** On whose behalf the controller is asked: its metadata log is the audit trail. */
export function originOf({ principal, requestName, clientId, clientAddress }: RequestContext) {
  return { principal, request: requestName, clientId, clientAddress };
}
