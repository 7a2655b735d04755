/**
 * A tagged field (KIP-482) that this version of the protocol does not know. Messages keep theirs, and write
 * them back when they are encoded again. `data` is a view into the buffer that was decoded.
 */
export interface TaggedField {
  readonly tag: number;
  readonly data: Buffer;
}
