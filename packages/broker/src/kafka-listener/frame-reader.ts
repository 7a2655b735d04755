import { Frame } from "./frame.ts";
import { FrameGatherer } from "./frame-gatherer.ts";
import type { FrameMemory } from "./frame-memory.ts";
import type { HalfFrame } from "./half-frame.ts";
import type { HeldMemory } from "./held-memory.ts";

const LENGTH_BYTES = 4;

/** A frame that announces a length it may not have. The connection is beyond help. */
export class BadFrameLength extends Error {
  override readonly name = "BadFrameLength";
}

/** Whole frames, each behind its length, one after the other. */
interface Run {
  readonly memory: HeldMemory;
  /** Of its memory; exclusive. */
  readonly end: number;
}

/**
 * Turns the chunks of a socket into frames: 4 bytes of length, big-endian, then as many bytes. Each byte is copied
 * once out of the socket's buffer: to the frame that is being gathered, or together with all whole frames of its
 * chunk. Memory grows with the bytes that arrive, never with the length announced.
 */
export class FrameReader {
  readonly #memory: FrameMemory;
  readonly #frameBytesMax: number;
  /** Oldest first. Frames of a run are made when they are asked for: small ones outweigh their bytes. */
  readonly #runs: Run[] = [];
  /** Where reading goes on in the oldest of them. */
  #at = 0;
  /** The beginning of a length that came in pieces. */
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthBytes = 0;
  #gatherer: FrameGatherer | undefined;
  /** What comes after the runs. */
  #bad: BadFrameLength | undefined;

  constructor(memory: FrameMemory, frameBytesMax: number) {
    this.#memory = memory;
    this.#frameBytesMax = frameBytesMax;
  }

  /** Whether a frame has begun to arrive and is not complete: such a connection has to make progress. */
  get midFrame(): boolean {
    return this.#lengthBytes > 0 || this.#gatherer !== undefined;
  }

  /** The frame that is not complete, once its length is known. */
  get halfFrame(): HalfFrame | undefined {
    return this.#gatherer;
  }

  /** `chunk` is not kept. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#bad === undefined) {
      if (this.#gatherer !== undefined) at = this.#gather(this.#gatherer, chunk, at);
      else if (this.#lengthBytes > 0) at = this.#begin(chunk, at);
      else at = this.#copyWholeFrames(chunk, at);
    }
  }

  /** The next complete frame; undefined until more bytes come. Throws `BadFrameLength`. */
  next(): Frame | undefined {
    const run = this.#runs[0];
    if (run === undefined) {
      if (this.#bad !== undefined) throw this.#bad;
      return undefined;
    }
    const { memory } = run;
    const start = this.#at + LENGTH_BYTES;
    const end = start + memory.bytes.readInt32BE(this.#at);
    const frame = new Frame(memory.bytes.subarray(start, end), memory.hold());
    this.#at = end;
    if (end === run.end) {
      this.#runs.shift();
      this.#at = 0;
      memory.release();
    }
    return frame;
  }

  /** Gives everything back. The reader is not used afterwards. */
  destroy(): void {
    for (const { memory } of this.#runs) memory.release();
    this.#runs.length = 0;
    this.#gatherer?.destroy();
    this.#gatherer = undefined;
  }

  /** All frames that end in this chunk, as one run; then the one that does not. */
  #copyWholeFrames(chunk: Buffer, start: number): number {
    let end = start;
    while (chunk.length - end >= LENGTH_BYTES) {
      const length = chunk.readInt32BE(end);
      if (!this.#isAllowed(length) || chunk.length - end - LENGTH_BYTES < length) break;
      end += LENGTH_BYTES + length;
    }
    if (end > start) {
      const memory = this.#memory.take(end - start);
      chunk.copy(memory.bytes, 0, start, end);
      this.#runs.push({ memory, end: end - start });
    }
    return end < chunk.length ? this.#begin(chunk, end) : end;
  }

  /** A frame of which this chunk has the beginning only: its length first. */
  #begin(chunk: Buffer, start: number): number {
    const copied = chunk.copy(this.#length, this.#lengthBytes, start);
    this.#lengthBytes += copied;
    if (this.#lengthBytes < LENGTH_BYTES) return start + copied;
    this.#lengthBytes = 0;
    const length = this.#length.readInt32BE(0);
    if (!this.#isAllowed(length)) {
      this.#bad = new BadFrameLength(`a frame of ${length} bytes; at most ${this.#frameBytesMax} are taken`);
      return chunk.length;
    }
    const gatherer = new FrameGatherer(this.#memory, LENGTH_BYTES + length);
    gatherer.add(this.#length, 0);
    this.#gatherer = gatherer;
    return this.#gather(gatherer, chunk, start + copied);
  }

  #gather(gatherer: FrameGatherer, chunk: Buffer, start: number): number {
    const at = gatherer.add(chunk, start);
    if (gatherer.missing === 0) {
      const memory = gatherer.finish();
      this.#runs.push({ memory, end: LENGTH_BYTES + memory.bytes.readInt32BE(0) });
      this.#gatherer = undefined;
    }
    return at;
  }

  #isAllowed(length: number): boolean {
    return length >= 0 && length <= this.#frameBytesMax;
  }
}
