import { ProtocolError } from "../../protocol-error.ts";
import { xxhash32 } from "./xxhash32.ts";

// The LZ4 frame format 1.6 as far as Kafka uses it: version 01, independent blocks, no dictionary.

export const LZ4_MAGIC = 0x184d2204;
export const BLOCK_SIZE_BYTES = 4;
/** In a block's size: it is stored as it is. */
export const UNCOMPRESSED_BIT = 0x8000_0000;

const VERSION_MASK = 0xc0;
const VERSION_01 = 0x40;
const INDEPENDENT_BIT = 0x20;
const BLOCK_CHECKSUM_BIT = 0x10;
const CONTENT_SIZE_BIT = 0x08;
const CONTENT_CHECKSUM_BIT = 0x04;
const RESERVED_OR_DICTIONARY = 0x03;

export interface Lz4FrameHeader {
  /** Where the first block's size stands. */
  readonly blocksAt: number;
  /** In bytes, unpacked. */
  readonly blockBytesMax: number;
  readonly hasBlockChecksums: boolean;
  readonly hasContentChecksum: boolean;
}

export interface Lz4HeaderOptions {
  /** False for message format 0, whose writers got this checksum wrong (KIP-57). */
  readonly verifyHeaderChecksum: boolean;
}

export function readFrameHeader(frame: Buffer, options: Lz4HeaderOptions): Lz4FrameHeader {
  if (frame.length < 7) throw new ProtocolError("truncated", "an LZ4 frame ends within its header");
  if (frame.readUInt32LE(0) !== LZ4_MAGIC) throw new ProtocolError("corrupt", "not an LZ4 frame");
  const flags = frame[4]!;
  if ((flags & VERSION_MASK) !== VERSION_01)
    throw new ProtocolError("unsupported", "an LZ4 frame of another version");
  if ((flags & INDEPENDENT_BIT) === 0)
    throw new ProtocolError("unsupported", "an LZ4 frame of dependent blocks");
  if ((flags & RESERVED_OR_DICTIONARY) !== 0)
    throw new ProtocolError("unsupported", "an LZ4 frame with a dictionary");
  const checksumAt = 6 + ((flags & CONTENT_SIZE_BIT) === 0 ? 0 : 8);
  if (frame.length <= checksumAt) throw new ProtocolError("truncated", "an LZ4 frame ends within its header");
  if (options.verifyHeaderChecksum && frame[checksumAt] !== headerChecksum(frame, 4, checksumAt)) {
    throw new ProtocolError("corrupt", "an LZ4 frame's header checksum does not match");
  }
  return {
    blocksAt: checksumAt + 1,
    blockBytesMax: blockBytesMax(frame[5]!),
    hasBlockChecksums: (flags & BLOCK_CHECKSUM_BIT) !== 0,
    hasContentChecksum: (flags & CONTENT_CHECKSUM_BIT) !== 0,
  };
}

/** Version 01, independent blocks of up to 64 KiB, no other checksum than the header's own. */
export const frameHeader = Buffer.from([0x04, 0x22, 0x4d, 0x18, VERSION_01 | INDEPENDENT_BIT, 0x40, 0]);
export const BLOCK_BYTES = 64 * 1024;
frameHeader[6] = headerChecksum(frameHeader, 4, 6);

/** 4: 64 KiB, 5: 256 KiB, 6: 1 MiB, 7: 4 MiB. */
function blockBytesMax(descriptor: number): number {
  const size = (descriptor >> 4) & 0x07;
  if ((descriptor & 0x8f) !== 0 || size < 4)
    throw new ProtocolError("corrupt", "an LZ4 frame of no known block size");
  return 2 ** (8 + 2 * size);
}

function headerChecksum(frame: Buffer, start: number, end: number): number {
  return (xxhash32(frame, start, end) >>> 8) & 0xff;
}
