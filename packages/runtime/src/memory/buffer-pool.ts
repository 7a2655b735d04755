import { assert } from "../assert.ts";

/** Each four times the one before: a view in a buffer pins less than four times itself. */
const SIZE_CLASSES = [16_384, 65_536, 262_144, 1_048_576];
const LARGEST = SIZE_CLASSES.at(-1)!;
/** What is smaller than a quarter of the smallest class gets exactly its size, as what is larger than all of them. */
const POOLED_BYTES_MIN = SIZE_CLASSES[0]! / 4;

export interface BufferPoolOptions {
  /** Free memory that is kept for the next `take`, in bytes. What is freed beyond it goes to the garbage collector. */
  readonly freeBytesMax: number;
  /** Called with memory that nobody holds any more. Tests fill it, so that whoever still reads it is found out. */
  readonly freed?: (bytes: Buffer) => void;
}

/**
 * Memory that is used again, for bytes that pass through: a buffer of its own for each of them would be as much garbage
 * as there is traffic, outside of V8's heap, where only full collections find it.
 *
 * Nobody has to give back: what is forgotten is collected like any other buffer, and costs only that.
 */
export class BufferPool {
  readonly #free = SIZE_CLASSES.map((): Buffer[] => []);
  readonly #freed: ((bytes: Buffer) => void) | undefined;
  #freeBytesMax: number;
  #freeBytes = 0;

  constructor({ freeBytesMax, freed }: BufferPoolOptions) {
    this.#freeBytesMax = freeBytesMax;
    this.#freed = freed;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  setFreeBytesMax(bytes: number): void {
    assert(bytes >= 0, "negative bound of free memory");
    this.#freeBytesMax = bytes;
    for (const free of this.#free) {
      while (this.#freeBytes > bytes && free.length > 0) this.#freeBytes -= free.pop()!.length;
    }
  }

  /** At least `bytes` bytes of whatever was in them before, held once. */
  take(bytes: number): PooledBuffer {
    if (bytes < POOLED_BYTES_MIN || bytes > LARGEST)
      return new PooledBuffer(Buffer.allocUnsafeSlow(bytes), this);
    const sizeClass = classOf(bytes);
    const free = this.#free[sizeClass]!.pop();
    if (free === undefined) return new PooledBuffer(Buffer.allocUnsafeSlow(SIZE_CLASSES[sizeClass]!), this);
    this.#freeBytes -= free.length;
    return new PooledBuffer(free, this);
  }

  /** For a buffer whose last holder is gone. */
  free(bytes: Buffer): void {
    this.#freed?.(bytes);
    const sizeClass = SIZE_CLASSES.indexOf(bytes.length);
    if (sizeClass < 0 || this.#freeBytes + bytes.length > this.#freeBytesMax) {
      giveBack(bytes);
      return;
    }
    this.#free[sizeClass]!.push(bytes);
    this.#freeBytes += bytes.length;
  }
}

/** One use of a buffer, by everybody who holds it. The last `release` makes its memory another's. */
export class PooledBuffer {
  readonly bytes: Buffer;
  readonly #pool: BufferPool;
  #holders = 1;

  constructor(bytes: Buffer, pool: BufferPool) {
    this.bytes = bytes;
    this.#pool = pool;
  }

  hold(): this {
    assert(this.#holders > 0, "held a buffer that is free");
    this.#holders++;
    return this;
  }

  release(): void {
    assert(this.#holders > 0, "released a buffer that is free");
    if (--this.#holders === 0) this.#pool.free(this.bytes);
  }
}

function classOf(bytes: number): number {
  let sizeClass = 0;
  while (SIZE_CLASSES[sizeClass]! < bytes) sizeClass++;
  return sizeClass;
}

/** Large ones at once: what waits for the garbage collector is memory all the same. Nobody reads it any more. */
function giveBack({ buffer, length }: Buffer): void {
  if (length >= LARGEST && buffer instanceof ArrayBuffer && length === buffer.byteLength) buffer.transfer(0);
}
