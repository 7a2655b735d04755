import { ProtocolError } from "../../protocol-error.ts";

// The framing of xerial's snappy-java, and with it of Kafka: a header, then raw snappy blocks, each after its length
// (int32).

const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

/** The magic, then two versions (int32) that are both 1. */
export const xerialHeader = Buffer.concat([magic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);

export function isXerial(data: Buffer, at: number): boolean {
  if (data.length - at < xerialHeader.length) return false;
  return magic.compare(data, at, at + magic.length) === 0;
}

/** Walks over the blocks of a stream that starts with the header. Throws `ProtocolError` where the lengths lie. */
export class XerialCursor {
  readonly #data: Buffer;
  #blockAt = 0;
  #blockEnd: number = xerialHeader.length;

  constructor(data: Buffer) {
    this.#data = data;
  }

  /** False at the end of the stream. */
  next(): boolean {
    let at = this.#blockEnd;
    // Streams may be strung together; the magic, read as a length, is negative and so never a block's.
    while (isXerial(this.#data, at)) at += xerialHeader.length;
    this.#blockEnd = at;
    if (at === this.#data.length) return false;
    if (this.#data.length - at < 4)
      throw new ProtocolError("truncated", "a snappy stream ends within a length");
    const length = this.#data.readInt32BE(at);
    if (length < 0) throw new ProtocolError("corrupt", "a snappy block has a negative length");
    this.#blockAt = at + 4;
    if (length > this.#data.length - this.#blockAt) {
      throw new ProtocolError("truncated", "a snappy stream ends within a block");
    }
    this.#blockEnd = this.#blockAt + length;
    return true;
  }

  /** A view of the current block. */
  block(): Buffer {
    return this.#data.subarray(this.#blockAt, this.#blockEnd);
  }
}
