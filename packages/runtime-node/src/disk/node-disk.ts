import fs, { constants } from "node:fs";
import { open, readdir, readFile, rename, rm, statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import {
  type DirectoryEntry,
  type Disk,
  type DiskClass,
  DiskError,
  type DiskFile,
  type DiskLock,
  KeyedQueue,
  type OpenOptions,
  parentDiskPath,
  splitDiskPath,
} from "@millrace/runtime";
import { BlockingPace } from "./blocking-pace.ts";
import { toDiskError } from "./errno.ts";
import { IoThreads, libuvThreads } from "./io-threads.ts";
import { makeDirectories } from "./make-directories.ts";
import { type DiskLane, NodeFile } from "./node-file.ts";
import { lockFile } from "./process-lock.ts";

const openDescriptor = promisify(fs.open);

/** One for the process, as libuv's threads are, however many disks and nodes there are in it. */
const threads = new IoThreads(libuvThreads(process.env));

/** A data directory on a real file system. */
export class NodeDisk implements Disk {
  readonly description: string;
  readonly #lanes: Readonly<Record<DiskClass, DiskLane>> = {
    raft: makeLane("raft"),
    log: makeLane("log"),
    bulk: makeLane("bulk"),
  };
  /** By path: replacements of one file follow each other, since they share a temporary file. */
  readonly #replacing = new KeyedQueue();

  private constructor(root: string) {
    this.description = root;
  }

  /** Makes `directory` and those above it when they are missing. Fails with DENIED when it may not. */
  static async at(directory: string): Promise<NodeDisk> {
    const disk = new NodeDisk(resolve(directory));
    await disk.makeDirectory("");
    return disk;
  }

  /** One that is there already, for those who only look. Fails with NOT_FOUND. */
  static async existing(directory: string): Promise<NodeDisk> {
    const disk = new NodeDisk(resolve(directory));
    await attempt(disk.description, () => readdir(disk.description));
    return disk;
  }

  async open(path: string, options: OpenOptions): Promise<DiskFile> {
    const absolute = this.#absolute(path);
    const flags = options.mode === "read" ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT;
    const fd = await attempt(absolute, () => openDescriptor(absolute, flags));
    return new NodeFile(absolute, fd, this.#lanes[options.diskClass]);
  }

  async readFile(path: string): Promise<Buffer | undefined> {
    const absolute = this.#absolute(path);
    return absentAs(undefined, () => attempt(absolute, () => readFile(absolute)));
  }

  async replaceFile(path: string, content: Uint8Array): Promise<void> {
    await this.#replacing.run(path, () => this.#replaceNow(path, content));
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    const absolute = this.#absolute(path);
    const found = await absentAs([], () =>
      attempt(absolute, () => readdir(absolute, { withFileTypes: true })),
    );
    return found
      .map(
        (entry): DirectoryEntry => ({ name: entry.name, kind: entry.isDirectory() ? "directory" : "file" }),
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async makeDirectory(path: string): Promise<void> {
    const absolute = this.#absolute(path);
    await attempt(absolute, () => makeDirectories(absolute));
  }

  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [this.#absolute(from), this.#absolute(to)];
    await attempt(source, () => rename(source, target));
  }

  async remove(path: string): Promise<void> {
    const absolute = this.#absolute(path);
    if (path === "") throw new DiskError("DENIED", absolute, "the data directory itself is not removed");
    await threads.run("bulk", () => attempt(absolute, () => rm(absolute, { recursive: true, force: true })));
  }

  async syncDirectory(path: string): Promise<void> {
    if (process.platform === "win32") return; // directories cannot be opened there, and NTFS logs renames
    const absolute = this.#absolute(path);
    await attempt(absolute, async () => {
      await using directory = await open(absolute, constants.O_RDONLY);
      await directory.sync();
    });
  }

  async freeBytes(): Promise<number | undefined> {
    const { bavail, bsize } = await attempt(this.description, () => statfs(this.description));
    return bavail * bsize;
  }

  async totalBytes(): Promise<number | undefined> {
    const { blocks, bsize } = await attempt(this.description, () => statfs(this.description));
    return blocks * bsize;
  }

  async lock(path: string): Promise<DiskLock> {
    return lockFile(this.#absolute(path));
  }

  async #replaceNow(path: string, content: Uint8Array): Promise<void> {
    const target = this.#absolute(path);
    const temporary = `${target}.tmp`;
    await attempt(target, async () => {
      {
        await using file = await open(temporary, "w");
        await file.writeFile(content);
        await file.sync();
      }
      await rename(temporary, target);
    });
    await this.syncDirectory(parentDiskPath(path));
  }

  #absolute(path: string): string {
    return join(this.description, ...splitDiskPath(path));
  }
}

function makeLane(diskClass: DiskClass): DiskLane {
  return { diskClass, threads, writes: new BlockingPace(), reads: new BlockingPace() };
}

async function attempt<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toDiskError(error, path);
  }
}

async function absentAs<T, A>(absent: A, call: () => Promise<T>): Promise<T | A> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof DiskError && error.code === "NOT_FOUND") return absent;
    throw error;
  }
}
