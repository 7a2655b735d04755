/** `inUse`: another socket has the address; `unavailable`: no such address here; `denied`: not allowed to bind it. */
export type NetworkErrorReason = "inUse" | "unavailable" | "denied" | "failed";

/** An address could not be bound. The message names it. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly reason: NetworkErrorReason;

  constructor(reason: NetworkErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
