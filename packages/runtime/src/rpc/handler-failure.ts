import type { DescMethod } from "@bufbuild/protobuf";
import { ApiError } from "../errors/api-error.ts";
import { toApiError } from "../errors/to-api-error.ts";
import type { Logger } from "../observe/logger.ts";

/**
 * What the caller is told when a handler throws. Errors that nobody expects are logged here, once, with what
 * the caller must not see; what is thrown because the call is over anyway is not news.
 */
export function handlerFailure(
  thrown: unknown,
  call: { readonly method: DescMethod; readonly signal: AbortSignal; readonly logger: Logger },
): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (call.signal.aborted) return toApiError(call.signal.reason);
  const error = toApiError(thrown);
  if (error.id === "UNKNOWN_SERVER_ERROR") {
    call.logger.error({ method: methodPath(call.method), error: thrown }, "rpc handler failed");
  }
  return error;
}

/** "/millrace.broker.v1.BrokerService/Fetch": how gRPC names a method. */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** What is not served is refused alike by every transport. */
export function notServed(method: DescMethod): ApiError {
  return new ApiError("UNSUPPORTED_VERSION", { detail: `${methodPath(method)} is not served here` });
}

export function messageTooLarge(sizeBytes: number, limitBytes: number): ApiError {
  const detail = `a message of ${sizeBytes} bytes is above the limit of ${limitBytes}`;
  return new ApiError("MESSAGE_TOO_LARGE", { detail });
}
