import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { ApiError, type ErrorName, isErrorName, type NodeAddress } from "@millrace/runtime";

const errorIdKey = "millrace-error-id";
const servedByKey = "millrace-served-by";
/** Headers of a response are bounded (HTTP/2 peers refuse long ones), so the text for people is cut. */
const detailCharactersMax = 1_000;

export type EndStatus = Pick<StatusObject, "code" | "details" | "metadata">;

/** For tools and clients that know gRPC's codes only; ours go by `millrace-error-id`. */
const codes: { readonly [K in ErrorName]?: status } = {
  REQUEST_TIMED_OUT: status.DEADLINE_EXCEEDED,
  RESOURCE_NOT_FOUND: status.NOT_FOUND,
  CLUSTER_AUTHORIZATION_FAILED: status.PERMISSION_DENIED,
  TOPIC_AUTHORIZATION_FAILED: status.PERMISSION_DENIED,
  GROUP_AUTHORIZATION_FAILED: status.PERMISSION_DENIED,
  MESSAGE_TOO_LARGE: status.RESOURCE_EXHAUSTED,
  THROTTLING_QUOTA_EXCEEDED: status.RESOURCE_EXHAUSTED,
  UNSUPPORTED_VERSION: status.UNIMPLEMENTED,
  INVALID_REQUEST: status.INVALID_ARGUMENT,
  UNKNOWN_SERVER_ERROR: status.INTERNAL,
};

export function statusOf(error: ApiError): EndStatus {
  const metadata = new Metadata();
  metadata.set(errorIdKey, error.id);
  if (error.servedBy !== undefined) metadata.set(servedByKey, formatAddress(error.servedBy));
  const code = codes[error.id] ?? (error.retriable ? status.ABORTED : status.FAILED_PRECONDITION);
  return { code, details: error.detail.slice(0, detailCharactersMax).toWellFormed(), metadata };
}

export const okStatus: EndStatus = { code: status.OK, details: "", metadata: new Metadata() };

/** The other side is going away; no error of the call itself. */
export const shutdownStatus: EndStatus = {
  code: status.UNAVAILABLE,
  details: "the node is shutting down",
  metadata: new Metadata(),
};

/**
 * What the caller is to see. "unavailable": no answer of a handler, but the connection's end; why is for the
 * channel to find out. Servers that are not ours are understood by gRPC's code.
 */
export function outcomeOf({ code, details, metadata }: StatusObject): ApiError | "ok" | "unavailable" {
  if (code === status.OK) return "ok";
  const [id] = metadata.get(errorIdKey);
  if (typeof id === "string" && isErrorName(id)) {
    return new ApiError(id, { detail: details, servedBy: parseAddress(metadata.get(servedByKey)[0]) });
  }
  switch (code) {
    case status.UNAVAILABLE:
    case status.CANCELLED:
      return "unavailable";
    case status.DEADLINE_EXCEEDED:
      return new ApiError("REQUEST_TIMED_OUT");
    case status.RESOURCE_EXHAUSTED:
      return new ApiError("MESSAGE_TOO_LARGE", { detail: details });
    case status.UNIMPLEMENTED:
      return new ApiError("UNSUPPORTED_VERSION", { detail: details });
    case status.INVALID_ARGUMENT:
      return new ApiError("INVALID_REQUEST", { detail: details });
    default:
      return new ApiError("UNKNOWN_SERVER_ERROR", { detail: details });
  }
}

const formatAddress = ({ nodeId, host, port }: NodeAddress): string => `${nodeId}@${host}:${port}`;

/** Undefined for what is none: a hint that cannot be read is as good as none. */
function parseAddress(value: string | Buffer | undefined): NodeAddress | undefined {
  const match = /^(\d{1,9})@(.+):(\d{1,5})$/.exec(String(value ?? ""));
  return match === null
    ? undefined
    : { nodeId: Number(match[1]), host: match[2] as string, port: Number(match[3]) };
}
