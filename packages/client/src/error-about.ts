import { ApiError } from "@millrace/runtime";

/**
 * The same refusal with the topic or partition that it is about in front: "orders-3: ...". One of a narrower kind (an
 * `RpcUnavailableError`) is about something else, which it names itself, and stays as it is.
 */
export function errorAbout(subject: string, error: ApiError): ApiError {
  if (error.constructor !== ApiError) return error;
  const { detail, servedBy } = error;
  return new ApiError(error.id, { detail: `${subject}: ${detail}`, servedBy, cause: error });
}
