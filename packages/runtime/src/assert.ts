/** An assertion of ours did not hold: a bug in Millrace, never bad input. It ends the node that it fires in. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/**
 * States what must be true. Messages are constants, so that a check that passes costs a comparison.
 * What a peer, a client or a disk can cause is an `ApiError` or a `DiskError` instead.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}
