import { assert, type BufferPool, type DiskFile, type Executor, type PooledBuffer } from "@millrace/runtime";

/** How much is read from a file on the event loop in one go: what a disk answers at once when the page cache has it. */
const STRIDE_BYTES = 262_144;
/** How much all readers together may read on the event loop in one of its turns; that takes about 1 ms. */
const TURN_BYTES_MAX = 4_194_304;

/** Memory that was read from a file, held by whoever asked. */
export interface FileRead {
  readonly memory: PooledBuffer;
  readonly lengthInBytes: number;
}

/**
 * Reads of files into memory that is used again. From the page cache they take less time on the event loop than a way
 * through another thread does, so they go in strides which the disk may take at once; when it does not, or when this
 * turn of the loop has read enough, the rest is read in one go in a thread.
 */
export class ReadBuffers {
  readonly #pool: BufferPool;
  readonly #executor: Executor;
  #turnBytes = 0;

  constructor(pool: BufferPool, executor: Executor) {
    this.#pool = pool;
    this.#executor = executor;
  }

  /** Reads `bytes` bytes at `position`, fewer only at the end of the file. */
  read(file: DiskFile, position: number, bytes: number): FileRead | Promise<FileRead> {
    const memory = this.#pool.take(bytes);
    try {
      for (let done = 0; done < bytes; ) {
        const wanted = this.#stride(bytes - done);
        const read = file.read(memory.bytes.subarray(done, done + wanted), position + done);
        if (typeof read !== "number") return this.#readOn(file, position, bytes, memory, done, read);
        done += read;
        if (read < wanted) return { memory, lengthInBytes: done };
      }
    } catch (error) {
      memory.release();
      throw error;
    }
    return { memory, lengthInBytes: bytes };
  }

  async #readOn(
    file: DiskFile,
    position: number,
    bytes: number,
    memory: PooledBuffer,
    from: number,
    reading: Promise<number>,
  ): Promise<FileRead> {
    try {
      let done = from + (await reading);
      assert(done <= bytes, "read more than was asked for");
      if (done < bytes) done += await file.read(memory.bytes.subarray(done, bytes), position + done);
      return { memory, lengthInBytes: done };
    } catch (error) {
      memory.release();
      throw error;
    }
  }

  /** All that is left once this turn has read enough: a disk reads that much in a thread. */
  #stride(bytesLeft: number): number {
    if (this.#turnBytes >= TURN_BYTES_MAX) return bytesLeft;
    if (this.#turnBytes === 0) this.#executor.afterTurn(this.#turnEnded);
    const stride = Math.min(bytesLeft, STRIDE_BYTES);
    this.#turnBytes += stride;
    return stride;
  }

  readonly #turnEnded = (): void => {
    this.#turnBytes = 0;
  };
}
