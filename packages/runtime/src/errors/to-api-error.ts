import { DiskError } from "../disk/disk-error.ts";
import { ApiError } from "./api-error.ts";

/**
 * The edge where whatever was thrown becomes one of ours, with the thrown value as its cause. What a peer has no
 * business knowing (messages of unexpected errors, paths) stays in the cause.
 */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof DiskError) return new ApiError("KAFKA_STORAGE_ERROR", { cause: thrown });
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    return new ApiError("REQUEST_TIMED_OUT", { cause: thrown });
  }
  return new ApiError("UNKNOWN_SERVER_ERROR", { cause: thrown });
}
