import { assert } from "../assert.ts";

const chunkBytes = 64 * 1024;
const firstChunkBytesMin = 512;

/**
 * A file's content in memory: chunks of 64 KiB, so that growth copies nothing; only a small file's one chunk is
 * doubled until it is full size. Chunks never written are holes that read as zeros.
 */
export class ChunkedBytes {
  readonly #chunks: (Buffer | undefined)[] = [];
  #size = 0;
  #allocatedBytes = 0;

  get size(): number {
    return this.#size;
  }

  /** What the content really takes; more or less than `size`. */
  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** Copies `source` in; a gap before `position` becomes zeros. */
  write(source: Uint8Array, position: number): void {
    assert(position >= 0, "write before the file");
    if (source.length === 0) return; // does not even extend the file
    let from = 0;
    while (from < source.length) {
      const at = position + from;
      const offset = at % chunkBytes;
      const length = Math.min(chunkBytes - offset, source.length - from);
      this.#chunkFor(Math.floor(at / chunkBytes), offset + length).set(
        source.subarray(from, from + length),
        offset,
      );
      from += length;
    }
    this.#size = Math.max(this.#size, position + source.length);
  }

  /** Fills `target` from `position`; returns the bytes read, fewer than asked only at the end. */
  read(target: Uint8Array, position: number): number {
    const wanted = Math.min(target.length, Math.max(0, this.#size - position));
    let done = 0;
    while (done < wanted) {
      const at = position + done;
      const offset = at % chunkBytes;
      const length = Math.min(chunkBytes - offset, wanted - done);
      this.#readChunk(Math.floor(at / chunkBytes), offset, target.subarray(done, done + length));
      done += length;
    }
    return wanted;
  }

  truncate(size: number): void {
    assert(size >= 0, "truncate to less than nothing");
    if (size < this.#size) {
      const kept = Math.ceil(size / chunkBytes);
      for (const chunk of this.#chunks.splice(kept)) this.#allocatedBytes -= chunk?.length ?? 0;
      if (size % chunkBytes !== 0) this.#chunks[kept - 1]?.fill(0, size % chunkBytes); // it may grow again
    }
    this.#size = size;
  }

  toBuffer(): Buffer {
    const whole = Buffer.allocUnsafe(this.#size);
    this.read(whole, 0);
    return whole;
  }

  clone(): ChunkedBytes {
    const copy = new ChunkedBytes();
    copy.#size = this.#size;
    copy.#allocatedBytes = this.#allocatedBytes;
    for (const chunk of this.#chunks) copy.#chunks.push(chunk === undefined ? undefined : Buffer.from(chunk));
    return copy;
  }

  #readChunk(index: number, offset: number, target: Uint8Array): void {
    const chunk = this.#chunks[index];
    const held = chunk?.subarray(offset, offset + target.length);
    if (held !== undefined) target.set(held);
    if (held === undefined || held.length < target.length) target.fill(0, held?.length ?? 0);
  }

  #chunkFor(index: number, bytes: number): Buffer {
    const chunk = this.#chunks[index];
    if (chunk !== undefined && chunk.length >= bytes) return chunk;
    while (this.#chunks.length <= index) this.#chunks.push(undefined);
    const larger = this.#allocate(index, bytes);
    if (chunk !== undefined) larger.set(chunk);
    this.#chunks[index] = larger;
    this.#allocatedBytes += larger.length - (chunk?.length ?? 0);
    return larger;
  }

  #allocate(index: number, bytes: number): Buffer {
    if (index > 0) return Buffer.alloc(chunkBytes);
    let size = firstChunkBytesMin;
    while (size < bytes) size *= 2;
    return Buffer.alloc(size);
  }
}
