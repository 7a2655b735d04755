import { ProtocolError } from "../../protocol-error.ts";
import type { Codec } from "./codec.ts";
import { Lz4BlockCursor } from "./lz4-block-cursor.ts";
import {
  BLOCK_BYTES,
  BLOCK_SIZE_BYTES,
  frameHeader,
  type Lz4FrameHeader,
  type Lz4HeaderOptions,
  readFrameHeader,
  UNCOMPRESSED_BIT,
} from "./lz4-frame.ts";
import { lz4 as native, orCorrupt } from "./native-modules.ts";
import { xxhash32 } from "./xxhash32.ts";

/** The native functions put the uncompressed size (uint32, little-endian) before a raw block and want it there. */
const SIZE_PREFIX_BYTES = 4;
/** One more byte of a length code stands for up to 255 bytes; the slack is for a sequence's fixed part. */
const EXPANSION_MAX = 255;
const EXPANSION_SLACK = 64;

/** LZ4 frames as Kafka's Java client takes them. The native compressor has one speed, so levels are ignored. */
export const lz4: Codec = {
  compress(data) {
    const parts: Buffer[] = [frameHeader];
    for (let at = 0; at < data.length; at += BLOCK_BYTES)
      pushBlock(parts, data.subarray(at, at + BLOCK_BYTES));
    parts.push(endMark);
    return Buffer.concat(parts);
  },

  decompress(data, bytesMax) {
    return decompressFrame(data, bytesMax, { verifyHeaderChecksum: true });
  },
};

/** As `lz4.decompress`, for message format 0. */
export function decompressLegacyLz4(data: Buffer, bytesMax: number): Buffer {
  return decompressFrame(data, bytesMax, { verifyHeaderChecksum: false });
}

const endMark = Buffer.alloc(BLOCK_SIZE_BYTES);

function pushBlock(parts: Buffer[], block: Buffer): void {
  const size = Buffer.allocUnsafe(BLOCK_SIZE_BYTES);
  const compressed = native().compressSync(block).subarray(SIZE_PREFIX_BYTES);
  const isSmaller = compressed.length < block.length;
  size.writeUInt32LE(isSmaller ? compressed.length : block.length + UNCOMPRESSED_BIT);
  parts.push(size, isSmaller ? compressed : block);
}

function decompressFrame(frame: Buffer, bytesMax: number, options: Lz4HeaderOptions): Buffer {
  const header = readFrameHeader(frame, options);
  const output = Buffer.allocUnsafe(Math.min(unpackedBytesMax(frame, header), bytesMax));
  const blocks = new Lz4BlockCursor(frame, header);
  let total = 0;
  while (blocks.next()) {
    blocks.verifyChecksum();
    const unpacked = unpackBlock(frame, blocks, header);
    if (unpacked.length > output.length - total) {
      throw new ProtocolError("oversized", "an LZ4 frame unpacks to more than allowed");
    }
    total += unpacked.copy(output, total);
  }
  const content = output.subarray(0, total);
  if (header.hasContentChecksum) verifyContentChecksum(frame, blocks.at, content);
  return content;
}

/**
 * An upper bound, from the blocks' sizes alone: every block but the last is normally full, so little of it is left
 * over, and the pages of what is left over are never touched.
 */
function unpackedBytesMax(frame: Buffer, header: Lz4FrameHeader): number {
  const blocks = new Lz4BlockCursor(frame, header);
  let total = 0;
  while (blocks.next()) total += blockUnpackedMax(blocks, header);
  return total;
}

function blockUnpackedMax(block: Lz4BlockCursor, header: Lz4FrameHeader): number {
  if (block.isStored) return block.size;
  return Math.min(header.blockBytesMax, block.size * EXPANSION_MAX + EXPANSION_SLACK);
}

function unpackBlock(frame: Buffer, block: Lz4BlockCursor, header: Lz4FrameHeader): Buffer {
  const end = block.at + block.size;
  if (block.isStored) return frame.subarray(block.at, end);
  const prefixed = Buffer.allocUnsafe(SIZE_PREFIX_BYTES + block.size);
  prefixed.writeUInt32LE(blockUnpackedMax(block, header));
  frame.copy(prefixed, SIZE_PREFIX_BYTES, block.at, end);
  return orCorrupt("LZ4", () => native().uncompressSync(prefixed));
}

function verifyContentChecksum(frame: Buffer, at: number, content: Buffer): void {
  if (frame.length - at < 4) throw new ProtocolError("truncated", "an LZ4 frame ends within its checksum");
  if (frame.readUInt32LE(at) !== xxhash32(content, 0, content.length)) {
    throw new ProtocolError("corrupt", "an LZ4 frame's content checksum does not match");
  }
}
