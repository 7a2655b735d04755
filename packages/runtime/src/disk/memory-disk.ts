import type { DirectoryEntry, Disk, DiskFile, DiskLock, OpenOptions } from "./disk.ts";
import { DiskError } from "./disk-error.ts";
import { DirectoryNode, FileTree } from "./file-tree.ts";
import { LockTable } from "./lock-table.ts";
import { MemoryContent, MemoryFile } from "./memory-file.ts";
import { Space } from "./space.ts";
import { unlinkAll } from "./unlink-all.ts";

export interface MemoryDiskOptions {
  /** What all files may hold together; unbounded when left out. At the bound writes fail with FULL. */
  readonly bytesMax?: number;
}

/** A data directory that lives as long as its object: for tests and embedded nodes. Everything completes at once. */
export class MemoryDisk implements Disk {
  readonly description = "memory";
  readonly #tree = new FileTree<MemoryContent>();
  readonly #locks = new LockTable();
  readonly #space: Space;

  constructor(options: MemoryDiskOptions = {}) {
    this.#space = new Space(options.bytesMax);
  }

  async open(path: string, options: OpenOptions): Promise<DiskFile> {
    let content = this.#tree.file(path);
    if (content === undefined) {
      if (options.mode === "read") throw new DiskError("NOT_FOUND", path, "no such file");
      content = new MemoryContent(this.#space);
      this.#tree.setFile(path, content);
    }
    return new MemoryFile(path, content, options.mode === "write");
  }

  async readFile(path: string): Promise<Buffer | undefined> {
    return this.#tree.file(path)?.bytes.toBuffer();
  }

  async replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    const replaced = this.#tree.file(path);
    const content = new MemoryContent(this.#space);
    content.write(path, [bytes], 0);
    try {
      this.#tree.setFile(path, content);
    } catch (error) {
      content.unlink();
      throw error;
    }
    replaced?.unlink();
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    return this.#tree.list(path);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#tree.makeDirectory(path);
  }

  async rename(from: string, to: string): Promise<void> {
    const replaced = this.#tree.find(to);
    this.#tree.rename(from, to);
    if (this.#tree.find(to) !== replaced) unlinkAll(replaced);
  }

  async remove(path: string): Promise<void> {
    const removed = this.#tree.find(path);
    this.#tree.remove(path);
    unlinkAll(removed);
  }

  async syncDirectory(path: string): Promise<void> {
    if (!(this.#tree.find(path) instanceof DirectoryNode))
      throw new DiskError("NOT_FOUND", path, "no such directory");
  }

  async freeBytes(): Promise<number | undefined> {
    return this.#space.freeBytes;
  }

  async totalBytes(): Promise<number | undefined> {
    return this.#space.totalBytes;
  }

  async lock(path: string): Promise<DiskLock> {
    return this.#locks.take(path);
  }
}
