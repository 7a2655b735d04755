/**
 * What was wrong with the bytes:
 * - `truncated`: they end before what they announce;
 * - `oversized`: a length or count, or what it unpacks to, is beyond a bound;
 * - `invalid`: a value that its field may not have;
 * - `corrupt`: a checksum or a compressed stream does not hold;
 * - `unsupported`: a version, format or codec that is not read.
 */
export type ProtocolErrorReason = "truncated" | "oversized" | "invalid" | "corrupt" | "unsupported";

/** The only error that bytes from outside can cause in this package, whatever they are. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly reason: ProtocolErrorReason;

  constructor(reason: ProtocolErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
