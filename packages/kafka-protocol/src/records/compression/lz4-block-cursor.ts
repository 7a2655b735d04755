import { ProtocolError } from "../../protocol-error.ts";
import { BLOCK_SIZE_BYTES, type Lz4FrameHeader, UNCOMPRESSED_BIT } from "./lz4-frame.ts";
import { xxhash32 } from "./xxhash32.ts";

const CHECKSUM_BYTES = 4;

/** Walks over the blocks of an LZ4 frame in place. Throws `ProtocolError` where the frame ends or lies. */
export class Lz4BlockCursor {
  /** The current block's bytes; after the last block, where the end mark ends. */
  at: number;
  size = 0;
  /** The block is not compressed. */
  isStored = false;
  readonly #frame: Buffer;
  readonly #header: Lz4FrameHeader;
  #nextAt: number;

  constructor(frame: Buffer, header: Lz4FrameHeader) {
    this.#frame = frame;
    this.#header = header;
    this.at = header.blocksAt;
    this.#nextAt = header.blocksAt;
  }

  /** False at the end mark. */
  next(): boolean {
    this.at = this.#nextAt;
    this.#need(BLOCK_SIZE_BYTES);
    const word = this.#frame.readUInt32LE(this.at);
    this.at += BLOCK_SIZE_BYTES;
    if (word === 0) return false;
    this.isStored = word >= UNCOMPRESSED_BIT;
    this.size = this.isStored ? word - UNCOMPRESSED_BIT : word;
    if (this.size === 0 || this.size > this.#header.blockBytesMax) {
      throw new ProtocolError("corrupt", "an LZ4 block of impossible size");
    }
    const checksumBytes = this.#header.hasBlockChecksums ? CHECKSUM_BYTES : 0;
    this.#need(this.size + checksumBytes);
    this.#nextAt = this.at + this.size + checksumBytes;
    return true;
  }

  verifyChecksum(): void {
    if (!this.#header.hasBlockChecksums) return;
    const end = this.at + this.size;
    if (xxhash32(this.#frame, this.at, end) !== this.#frame.readUInt32LE(end)) {
      throw new ProtocolError("corrupt", "an LZ4 block's checksum does not match");
    }
  }

  #need(bytes: number): void {
    if (bytes > this.#frame.length - this.at) throw new ProtocolError("truncated", "an LZ4 frame ends early");
  }
}
