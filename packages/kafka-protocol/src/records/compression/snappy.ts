import { ProtocolError } from "../../protocol-error.ts";
import type { Codec } from "./codec.ts";
import { snappy as native, orCorrupt } from "./native-modules.ts";
import { isXerial, XerialCursor, xerialHeader } from "./xerial.ts";

const BLOCK_BYTES = 32 * 1024;
/** No snappy element says more than 64 bytes in fewer than 3. */
const EXPANSION_MAX = 22;
/** To hand native memory over as a buffer takes several times as long as to copy a block of it (measured). */
const copied = { copyOutputData: true };

/** Raw snappy blocks in xerial's framing; a single raw block, as some clients send it, is read too. Has no levels. */
export const snappy: Codec = {
  compress(data) {
    const parts: Buffer[] = [xerialHeader];
    for (let at = 0; at < data.length; at += BLOCK_BYTES) {
      const block = native().compressSync(data.subarray(at, at + BLOCK_BYTES), copied);
      const length = Buffer.allocUnsafe(4);
      length.writeInt32BE(block.length);
      parts.push(length, block);
    }
    return Buffer.concat(parts);
  },

  decompress(data, bytesMax) {
    if (!isXerial(data, 0)) {
      if (uncompressedLength(data) > bytesMax) throw tooLarge();
      return uncompress(data);
    }
    // All preambles first: one output of the exact size, and none for a stream that is too large.
    let total = 0;
    const sizing = new XerialCursor(data);
    while (sizing.next()) total += uncompressedLength(sizing.block());
    if (total > bytesMax) throw tooLarge();
    const output = Buffer.allocUnsafe(total);
    let at = 0;
    const blocks = new XerialCursor(data);
    while (blocks.next()) at += uncompress(blocks.block()).copy(output, at);
    return output;
  },
};

function tooLarge(): ProtocolError {
  return new ProtocolError("oversized", "a snappy stream unpacks to more than allowed");
}

/** The preamble, a plain varint; refused when so few bytes cannot unpack to so many. */
function uncompressedLength(block: Buffer): number {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) throw new ProtocolError("truncated", "a snappy block ends within its preamble");
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte >= 0x80) continue;
    if (length > block.length * EXPANSION_MAX) {
      throw new ProtocolError("corrupt", "a snappy block claims to unpack to more than its bytes can say");
    }
    return length;
  }
  throw new ProtocolError("corrupt", "a snappy block's preamble is longer than 5 bytes");
}

function uncompress(block: Buffer): Buffer {
  return orCorrupt("snappy", () => native().uncompressSync(block, copied) as Buffer);
}
