import {
  type DirectoryEntry,
  type Disk,
  DiskError,
  type DiskFile,
  type DiskLock,
  type MaybePromise,
  type OpenOptions,
} from "@millrace/runtime";

/**
 * A node's disk, which takes nothing more once the node has failed: its memory is not to be trusted any longer, and
 * closing its parts must not write a checkpoint or a clean-shutdown mark of it. The next start recovers, as after a
 * crash. Reading goes on.
 */
export class FailStopDisk implements Disk {
  readonly #disk: Disk;
  #failure: { readonly cause: unknown } | undefined;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  get description(): string {
    return this.#disk.description;
  }

  /** Every change asked for from now on fails with a `DiskError`. */
  stop(cause: unknown): void {
    this.#failure ??= { cause };
  }

  async open(path: string, options: OpenOptions): Promise<DiskFile> {
    if (options.mode === "write") this.refuseAfterFailure(path);
    return new FailStopFile(await this.#disk.open(path, options), this);
  }

  readFile(path: string): Promise<Buffer | undefined> {
    return this.#disk.readFile(path);
  }

  async replaceFile(path: string, content: Uint8Array): Promise<void> {
    this.refuseAfterFailure(path);
    await this.#disk.replaceFile(path, content);
  }

  list(path: string): Promise<readonly DirectoryEntry[]> {
    return this.#disk.list(path);
  }

  async makeDirectory(path: string): Promise<void> {
    this.refuseAfterFailure(path);
    await this.#disk.makeDirectory(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.refuseAfterFailure(from);
    await this.#disk.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    this.refuseAfterFailure(path);
    await this.#disk.remove(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.refuseAfterFailure(path);
    await this.#disk.syncDirectory(path);
  }

  freeBytes(): Promise<number | undefined> {
    return this.#disk.freeBytes();
  }

  totalBytes(): Promise<number | undefined> {
    return this.#disk.totalBytes();
  }

  lock(path: string): Promise<DiskLock> {
    return this.#disk.lock(path);
  }

  /** @internal For its files. */
  refuseAfterFailure(path: string): void {
    if (this.#failure === undefined) return;
    throw new DiskError("IO", path, "nothing is written after the node has failed", this.#failure);
  }
}

class FailStopFile implements DiskFile {
  readonly #file: DiskFile;
  readonly #disk: FailStopDisk;

  constructor(file: DiskFile, disk: FailStopDisk) {
    this.#file = file;
    this.#disk = disk;
  }

  get path(): string {
    return this.#file.path;
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  write(buffers: readonly Uint8Array[], position: number): MaybePromise<void> {
    this.#disk.refuseAfterFailure(this.path);
    return this.#file.write(buffers, position);
  }

  read(target: Uint8Array, position: number): MaybePromise<number> {
    return this.#file.read(target, position);
  }

  async sync(): Promise<void> {
    this.#disk.refuseAfterFailure(this.path);
    await this.#file.sync();
  }

  async truncate(sizeBytes: number): Promise<void> {
    this.#disk.refuseAfterFailure(this.path);
    await this.#file.truncate(sizeBytes);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
