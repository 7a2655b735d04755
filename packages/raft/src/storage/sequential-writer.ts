import type { DiskFile } from "@millrace/runtime";

const blockBytes = 256 * 1024;

/** Of a file that nobody waits for: its syncs are to be short, so that the log's own do not wait behind a long one. */
export const unsyncedBytesMax = 16 * 1024 * 1024;

/** Writes a file from its start in pieces of any size, with few writes to the disk. One call at a time. */
export class SequentialWriter {
  readonly #file: DiskFile;
  readonly #block = Buffer.allocUnsafe(blockBytes);
  #filled = 0;
  #position = 0;
  #unsyncedBytes = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  /** `bytes` are the caller's again when this resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#filled + bytes.length > blockBytes) await this.#flush();
    if (bytes.length > blockBytes) return this.#put(bytes);
    this.#block.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** All of it is on the disk when this resolves. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.sync();
  }

  async #flush(): Promise<void> {
    await this.#put(this.#block.subarray(0, this.#filled));
    this.#filled = 0;
  }

  async #put(bytes: Uint8Array): Promise<void> {
    await this.#file.write([bytes], this.#position);
    this.#position += bytes.length;
    this.#unsyncedBytes += bytes.length;
    if (this.#unsyncedBytes < unsyncedBytesMax) return;
    this.#unsyncedBytes = 0;
    await this.#file.sync();
  }
}
