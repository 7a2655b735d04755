import type { DiskFile } from "@millrace/runtime";

const blockBytesMax = 1024 * 1024;

/** Reads a file from its start in pieces of any size, with few reads of the disk. One call at a time. */
export class SequentialReader {
  /** Of the file, when it was opened. */
  readonly size: number;
  readonly #file: DiskFile;
  readonly #buffer: Buffer;
  #block: Buffer;
  #blockPosition = 0;
  /** Of the next byte in the block. */
  #at = 0;

  private constructor(file: DiskFile, size: number) {
    this.size = size;
    this.#file = file;
    this.#buffer = Buffer.allocUnsafe(Math.min(blockBytesMax, size));
    this.#block = this.#buffer.subarray(0, 0);
  }

  static async open(file: DiskFile): Promise<SequentialReader> {
    return new SequentialReader(file, await file.size());
  }

  /** Of the next byte in the file. */
  get position(): number {
    return this.#blockPosition + this.#at;
  }

  /** The next bytes, the caller's own; fewer than `length` only at the end of the file. */
  async read(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(Math.min(length, Math.max(0, this.size - this.position)));
    for (let filled = 0; ; ) {
      const copied = this.#block.copy(bytes, filled, this.#at, this.#at + bytes.length - filled);
      this.#at += copied;
      filled += copied;
      if (filled === bytes.length || !(await this.#nextBlock())) return bytes.subarray(0, filled);
    }
  }

  async #nextBlock(): Promise<boolean> {
    this.#blockPosition += this.#block.length;
    this.#at = 0;
    this.#block = this.#buffer.subarray(0, await this.#file.read(this.#buffer, this.#blockPosition));
    return this.#block.length > 0;
  }
}
