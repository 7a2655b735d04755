import { ChunkedBytes } from "./chunked-bytes.ts";
import type { DiskFile } from "./disk.ts";
import { DiskError } from "./disk-error.ts";
import type { Space } from "./space.ts";

/** What a path stands for; open files keep it when the path goes. */
export class MemoryContent {
  readonly bytes = new ChunkedBytes();
  readonly #space: Space;
  #linked = true;

  constructor(space: Space) {
    this.#space = space;
  }

  write(path: string, buffers: readonly Uint8Array[], position: number): void {
    let end = position;
    for (const buffer of buffers) end += buffer.length;
    if (end === position) return; // does not even extend the file
    this.#resize(path, Math.max(this.bytes.size, end));
    let at = position;
    for (const buffer of buffers) {
      this.bytes.write(buffer, at);
      at += buffer.length;
    }
  }

  truncate(path: string, size: number): void {
    this.#resize(path, size);
    this.bytes.truncate(size);
  }

  /** No path leads here any more. */
  unlink(): void {
    if (this.#linked) this.#space.usedBytes -= this.bytes.size;
    this.#linked = false;
  }

  #resize(path: string, size: number): void {
    if (!this.#linked) return;
    const used = this.#space.usedBytes + size - this.bytes.size;
    if (size > this.bytes.size && used > this.#space.bytesMax)
      throw new DiskError("FULL", path, "no space left");
    this.#space.usedBytes = used;
  }
}

export class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #content: MemoryContent;
  readonly #writable: boolean;
  #open = true;

  constructor(path: string, content: MemoryContent, writable: boolean) {
    this.path = path;
    this.#content = content;
    this.#writable = writable;
  }

  async size(): Promise<number> {
    this.#checkOpen();
    return this.#content.bytes.size;
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    this.#checkWritable();
    this.#content.write(this.path, buffers, position);
  }

  read(target: Uint8Array, position: number): number {
    this.#checkOpen();
    return this.#content.bytes.read(target, position);
  }

  async sync(): Promise<void> {
    this.#checkOpen();
  }

  async truncate(sizeBytes: number): Promise<void> {
    this.#checkWritable();
    this.#content.truncate(this.path, sizeBytes);
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #checkOpen(): void {
    if (!this.#open) throw new DiskError("IO", this.path, "the file is closed");
  }

  #checkWritable(): void {
    this.#checkOpen();
    if (!this.#writable) throw new DiskError("DENIED", this.path, "opened for reading");
  }
}
