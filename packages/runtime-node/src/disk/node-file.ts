import fs from "node:fs";
import { promisify } from "node:util";
import { type DiskClass, DiskError, type DiskFile, type MaybePromise } from "@millrace/runtime";
import type { BlockingPace } from "./blocking-pace.ts";
import { toDiskError } from "./errno.ts";
import type { IoThreads } from "./io-threads.ts";
import { readFull, readFullSync } from "./read-full.ts";
import { writeAll, writeAllSync } from "./write-all.ts";

const close = promisify(fs.close);
const fdatasync = promisify(fs.fdatasync);
const fstat = promisify(fs.fstat);
const ftruncate = promisify(fs.ftruncate);

/** Reads up to this size may run on the event loop: in the page cache they took 19 us, asynchronous ones 58. */
const readOnLoopBytesMax = 256 * 1024;

/** What the files of one class on one disk share. */
export interface DiskLane {
  readonly diskClass: DiskClass;
  readonly threads: IoThreads;
  readonly writes: BlockingPace;
  readonly reads: BlockingPace;
}

export class NodeFile implements DiskFile {
  readonly path: string;
  readonly #fd: number;
  readonly #lane: DiskLane;
  /** Whatever still uses the descriptor: its number may be another file's as soon as it is closed. */
  readonly #inFlight = new Set<Promise<unknown>>();
  /** The last asynchronous write; the next one follows it. */
  #writing: Promise<void> | undefined;
  /** After a failed fsync the kernel has dropped what it could not write, and a second one would succeed: so none. */
  #broken: DiskError | undefined;
  #closed = false;

  constructor(path: string, fd: number, lane: DiskLane) {
    this.path = path;
    this.#fd = fd;
    this.#lane = lane;
  }

  async size(): Promise<number> {
    return (await this.#use(() => fstat(this.#fd))).size;
  }

  write(buffers: readonly Uint8Array[], position: number): MaybePromise<void> {
    this.#check();
    const { writes } = this.#lane;
    const startedMs = performance.now();
    if (this.#writing !== undefined || !writes.mayBlock(startedMs))
      return this.#writeLater(buffers, position);
    try {
      writeAllSync(this.#fd, buffers, position);
    } catch (error) {
      throw toDiskError(error, this.path);
    }
    const endedMs = performance.now();
    writes.took(totalBytes(buffers), endedMs - startedMs, endedMs);
  }

  read(target: Uint8Array, position: number): MaybePromise<number> {
    this.#check();
    const { diskClass, reads, threads } = this.#lane;
    const startedMs = performance.now();
    if (diskClass === "bulk" || target.length > readOnLoopBytesMax || !reads.mayBlock(startedMs)) {
      return this.#use(() => threads.run(diskClass, () => readFull(this.#fd, target, position)));
    }
    try {
      return readFullSync(this.#fd, target, position);
    } catch (error) {
      throw toDiskError(error, this.path);
    } finally {
      const endedMs = performance.now();
      reads.took(target.length, endedMs - startedMs, endedMs);
    }
  }

  async sync(): Promise<void> {
    const { diskClass, threads } = this.#lane;
    await this.#use(async () => {
      await this.#writing;
      await threads
        .run(diskClass, () => fdatasync(this.#fd))
        .catch((error: unknown) => {
          this.#broken = toDiskError(error, this.path);
          throw this.#broken;
        });
    });
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#use(async () => {
      await this.#writing;
      await ftruncate(this.#fd, sizeBytes);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#inFlight);
    try {
      await close(this.#fd);
    } catch (error) {
      throw toDiskError(error, this.path);
    }
  }

  #writeLater(buffers: readonly Uint8Array[], position: number): Promise<void> {
    const { diskClass, threads } = this.#lane;
    const before = this.#writing;
    const writing = this.#use(async () => {
      await before; // rejects for both: what follows a failed write is not written
      await threads.run(diskClass, () => writeAll(this.#fd, buffers, position));
    });
    this.#writing = writing;
    const ended = (): void => {
      if (this.#writing === writing) this.#writing = undefined;
    };
    writing.then(ended, ended);
    return writing;
  }

  /** Runs `work` with the descriptor kept open, and its errors made ours. */
  async #use<T>(work: () => Promise<T>): Promise<T> {
    this.#check();
    const running = work();
    this.#inFlight.add(running);
    try {
      return await running;
    } catch (error) {
      throw toDiskError(error, this.path);
    } finally {
      this.#inFlight.delete(running);
    }
  }

  #check(): void {
    if (this.#closed) throw new DiskError("IO", this.path, "the file is closed");
    if (this.#broken !== undefined) throw this.#broken;
  }
}

function totalBytes(buffers: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const buffer of buffers) bytes += buffer.length;
  return bytes;
}
