import type { ByteBudget } from "@millrace/runtime";
import { Frame } from "./frame.ts";
import { FrameGatherer } from "./frame-gatherer.ts";
import { HeldMemory } from "./held-memory.ts";

const LENGTH_BYTES = 4;

/** A frame that announces a length it may not have. The connection is beyond help. */
export class BadFrameLength extends Error {
  override readonly name = "BadFrameLength";
}

/**
 * Turns the chunks of a socket into frames: 4 bytes of length, big-endian, then as many bytes. A frame that lies in
 * one chunk is a view of it; any other is gathered as it arrives and copied once, when it is complete. Memory grows
 * with the bytes that arrive, never with the length announced.
 */
export class FrameReader {
  readonly #budget: ByteBudget;
  readonly #frameBytesMax: number;
  /** Chunks not read to their end yet, oldest first. More than one only while the connection takes no requests. */
  readonly #chunks: { readonly bytes: Buffer; readonly memory: HeldMemory }[] = [];
  /** Where reading goes on in the oldest chunk. */
  #at = 0;
  #lengthBytesRead = 0;
  #length = 0;
  #gatherer: FrameGatherer | undefined;

  constructor(budget: ByteBudget, frameBytesMax: number) {
    this.#budget = budget;
    this.#frameBytesMax = frameBytesMax;
  }

  /** Whether a frame has begun to arrive: such a connection has to make progress. */
  get midFrame(): boolean {
    return this.#lengthBytesRead > 0;
  }

  /** Whether bytes wait here that `next` was not asked for. */
  get hasUnread(): boolean {
    return this.#chunks.length > 0;
  }

  push(bytes: Buffer): void {
    // The pool of small buffers is shared by many; what is a part of a larger one counts as itself.
    this.#chunks.push({ bytes, memory: new HeldMemory(this.#budget, bytes.length) });
  }

  /** The next complete frame; undefined until more bytes come. Throws `BadFrameLength`. */
  next(): Frame | undefined {
    for (;;) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return undefined;
      if (this.#lengthBytesRead < LENGTH_BYTES) this.#readLength(chunk.bytes);
      const frame =
        this.#lengthBytesRead < LENGTH_BYTES ? undefined : this.#readBody(chunk.bytes, chunk.memory);
      if (this.#at === chunk.bytes.length) {
        this.#chunks.shift();
        this.#at = 0;
        chunk.memory.release();
      }
      if (frame !== undefined) return frame;
    }
  }

  /** Gives everything back. The reader is not used afterwards. */
  destroy(): void {
    for (const { memory } of this.#chunks) memory.release();
    this.#chunks.length = 0;
    this.#gatherer?.destroy();
    this.#gatherer = undefined;
  }

  #readLength(chunk: Buffer): void {
    if (this.#lengthBytesRead === 0 && chunk.length - this.#at >= LENGTH_BYTES) {
      this.#length = chunk.readInt32BE(this.#at);
      this.#lengthBytesRead = LENGTH_BYTES;
      this.#at += LENGTH_BYTES;
    } else {
      while (this.#lengthBytesRead < LENGTH_BYTES && this.#at < chunk.length) {
        this.#length = (this.#length << 8) | chunk[this.#at++]!;
        this.#lengthBytesRead++;
      }
    }
    if (this.#lengthBytesRead === LENGTH_BYTES && (this.#length < 0 || this.#length > this.#frameBytesMax)) {
      throw new BadFrameLength(`a frame of ${this.#length} bytes; at most ${this.#frameBytesMax} are taken`);
    }
  }

  #readBody(chunk: Buffer, memory: HeldMemory): Frame | undefined {
    const start = this.#at;
    const missing = this.#length - (this.#gatherer?.size ?? 0);
    const end = Math.min(start + missing, chunk.length);
    this.#at = end;
    const part = chunk.subarray(start, end);
    if (this.#gatherer === undefined && part.length === missing)
      return this.#finish(new Frame(part, memory.hold()));
    this.#gatherer ??= new FrameGatherer(this.#budget, this.#length);
    this.#gatherer.add(part, memory);
    return part.length === missing ? this.#finish(this.#gatherer.finish()) : undefined;
  }

  #finish(frame: Frame): Frame {
    this.#gatherer = undefined;
    this.#lengthBytesRead = 0;
    this.#length = 0;
    return frame;
  }
}
