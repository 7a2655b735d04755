import { ApiError } from "../errors/api-error.ts";

/**
 * How a node could not be reached.
 * - `refused`: nothing listens at its address, so the process is gone; a broker is fenced at once, a leader's
 *   voters may campaign.
 * - `broken`: there was a connection and it ended, or the node is shutting down; it may well be alive.
 * - `timeout`: no connection came about in time.
 */
export type UnavailableReason = "refused" | "broken" | "timeout";

/** The peer could not be reached, or went away before it answered. */
export class RpcUnavailableError extends ApiError {
  readonly reason: UnavailableReason;
  /** The call never left, so that it may be made again; else whether the peer acted on it is unknown. */
  readonly isUnsent: boolean;

  /** Without a connection nothing is sent; `isUnsent` says so of a connection that ended before the call. */
  constructor(
    reason: UnavailableReason,
    {
      isUnsent = reason !== "broken",
      ...options
    }: { readonly cause?: unknown; readonly isUnsent?: boolean } = {},
  ) {
    super("NETWORK_EXCEPTION", { ...options, detail: details[reason] });
    this.reason = reason;
    this.isUnsent = isUnsent;
  }
}

const details = {
  refused: "nothing listens at the peer's address",
  broken: "the connection to the peer ended",
  timeout: "no connection to the peer came about in time",
} as const satisfies Record<UnavailableReason, string>;
