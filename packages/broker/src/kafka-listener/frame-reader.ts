import type { ByteBudget } from "@millrace/runtime";
import { Frame } from "./frame.ts";
import { FrameGatherer } from "./frame-gatherer.ts";
import { HeldMemory } from "./held-memory.ts";

const LENGTH_BYTES = 4;

/** A frame that announces a length it may not have. The connection is beyond help. */
export class BadFrameLength extends Error {
  override readonly name = "BadFrameLength";
}

/** What arrived and is not read to its end, in a buffer of its own. */
interface Unread {
  readonly bytes: Buffer;
  readonly memory: HeldMemory;
}

/**
 * Turns the chunks of a socket into frames: 4 bytes of length, big-endian, then as many bytes. Each byte is copied
 * once out of the socket's buffer: to the frame that is being gathered, or together with all that came with it, of
 * which complete frames are views. Memory grows with the bytes that arrive, never with the length announced.
 */
export class FrameReader {
  readonly #budget: ByteBudget;
  readonly #frameBytesMax: number;
  /** Oldest first. More than one only while the connection takes no requests. */
  readonly #unread: Unread[] = [];
  /** Where reading goes on in the oldest of them. */
  #at = 0;
  #lengthBytesRead = 0;
  #length = 0;
  #gatherer: FrameGatherer | undefined;
  /** Gathered, and not asked for yet. */
  #complete: Frame | undefined;

  constructor(budget: ByteBudget, frameBytesMax: number) {
    this.#budget = budget;
    this.#frameBytesMax = frameBytesMax;
  }

  /** Whether a frame has begun to arrive: such a connection has to make progress. */
  get midFrame(): boolean {
    return this.#lengthBytesRead > 0;
  }

  /** `chunk` is not kept. */
  push(chunk: Buffer): void {
    let at = 0;
    if (this.#gatherer !== undefined && this.#unread.length === 0) {
      at = this.#gatherer.add(chunk, 0);
      if (this.#gatherer.missing === 0) this.#complete = this.#finish(this.#gatherer.finish());
    }
    if (at === chunk.length) return;
    const bytes = Buffer.allocUnsafeSlow(chunk.length - at);
    chunk.copy(bytes, 0, at);
    this.#unread.push({ bytes, memory: new HeldMemory(this.#budget, bytes.length) });
  }

  /** The next complete frame; undefined until more bytes come. Throws `BadFrameLength`. */
  next(): Frame | undefined {
    if (this.#complete !== undefined) {
      const frame = this.#complete;
      this.#complete = undefined;
      return frame;
    }
    for (;;) {
      const unread = this.#unread[0];
      if (unread === undefined) return undefined;
      if (this.#lengthBytesRead < LENGTH_BYTES) this.#readLength(unread.bytes);
      const frame = this.#lengthBytesRead < LENGTH_BYTES ? undefined : this.#readBody(unread);
      if (this.#at === unread.bytes.length) {
        this.#unread.shift();
        this.#at = 0;
        unread.memory.release();
      }
      if (frame !== undefined) return frame;
    }
  }

  /** Gives everything back. The reader is not used afterwards. */
  destroy(): void {
    for (const { memory } of this.#unread) memory.release();
    this.#unread.length = 0;
    this.#gatherer?.destroy();
    this.#gatherer = undefined;
    this.#complete?.release();
    this.#complete = undefined;
  }

  #readLength(bytes: Buffer): void {
    if (this.#lengthBytesRead === 0 && bytes.length - this.#at >= LENGTH_BYTES) {
      this.#length = bytes.readInt32BE(this.#at);
      this.#lengthBytesRead = LENGTH_BYTES;
      this.#at += LENGTH_BYTES;
    } else {
      while (this.#lengthBytesRead < LENGTH_BYTES && this.#at < bytes.length) {
        this.#length = (this.#length << 8) | bytes[this.#at++]!;
        this.#lengthBytesRead++;
      }
    }
    if (this.#lengthBytesRead === LENGTH_BYTES && (this.#length < 0 || this.#length > this.#frameBytesMax)) {
      throw new BadFrameLength(`a frame of ${this.#length} bytes; at most ${this.#frameBytesMax} are taken`);
    }
  }

  #readBody({ bytes, memory }: Unread): Frame | undefined {
    const end = this.#at + this.#length;
    if (this.#gatherer === undefined && end <= bytes.length) {
      const frame = new Frame(bytes.subarray(this.#at, end), memory.hold());
      this.#at = end;
      return this.#finish(frame);
    }
    this.#gatherer ??= new FrameGatherer(this.#budget, this.#length);
    this.#at = this.#gatherer.add(bytes, this.#at);
    return this.#gatherer.missing === 0 ? this.#finish(this.#gatherer.finish()) : undefined;
  }

  #finish(frame: Frame): Frame {
    this.#gatherer = undefined;
    this.#lengthBytesRead = 0;
    this.#length = 0;
    return frame;
  }
}
