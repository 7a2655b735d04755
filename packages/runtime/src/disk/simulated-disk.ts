import type { Clock } from "../clock/clock.ts";
import { KeyedQueue } from "../keyed-queue.ts";
import { type Random, randomBelow } from "../random.ts";
import type { DirectoryEntry, Disk, DiskFile, DiskLock, OpenOptions } from "./disk.ts";
import { DiskError } from "./disk-error.ts";
import { parentDiskPath } from "./disk-path.ts";
import { DirectoryNode } from "./file-tree.ts";
import { LockTable } from "./lock-table.ts";
import { SimulatedContent } from "./simulated-content.ts";
import { SimulatedFile } from "./simulated-file.ts";
import { type DiskFaults, type DiskOperation, SimulatedMachine } from "./simulated-machine.ts";
import { SimulatedTree } from "./simulated-tree.ts";
import { Space } from "./space.ts";
import { unlinkAll } from "./unlink-all.ts";

export interface SimulatedDiskOptions {
  /** Decides what a power cut leaves. */
  readonly random: Random;
  /** What delays are measured by; without it there are none. */
  readonly clock?: Clock;
  /** What all files may hold together; unbounded when left out. */
  readonly bytesMax?: number;
}

/**
 * A disk that can fail in every way a real one does, without one: full, broken, slow, rotten, and without power.
 * Only what was synced survives `crash`, names included: a new, renamed or removed file needs `syncDirectory`
 * (`replaceFile` does its own).
 */
export class SimulatedDisk implements Disk {
  readonly description = "simulated";
  readonly #options: SimulatedDiskOptions;
  readonly #machine: SimulatedMachine;
  readonly #locks = new LockTable();
  readonly #replacing = new KeyedQueue();
  #space: Space;
  #names = new SimulatedTree<SimulatedContent>();

  constructor(options: SimulatedDiskOptions) {
    this.#options = options;
    this.#machine = new SimulatedMachine(options.clock);
    this.#space = new Space(options.bytesMax);
  }

  /** To be set and cleared at will. */
  get faults(): DiskFaults {
    return this.#machine.faults;
  }

  /** Cuts the power: this disk and its files answer with errors from now on. Returns what is left, with power. */
  crash(): SimulatedDisk {
    this.#machine.cutPower();
    const { random } = this.#options;
    const survivor = new SimulatedDisk(this.#options);
    survivor.#names = this.#names.afterPowerCut(random, (content) =>
      content.afterPowerCut(random, survivor.#space),
    );
    return survivor;
  }

  /**
   * Kills the process and leaves the power on: this disk and its files answer with errors from now on. Returns the disk
   * as the next process finds it, which reads all that was written, and can still lose what was not synced.
   */
  reopen(): SimulatedDisk {
    this.#machine.cutPower();
    const next = new SimulatedDisk(this.#options);
    next.#names = this.#names;
    next.#space = this.#space;
    return next;
  }

  /** Turns over one bit of a file, any one unless told which byte. Nothing when that byte is not there. */
  rot(path: string, position?: number): void {
    const content = this.#names.tree.file(path);
    if (content === undefined || content.size === 0) return;
    const { random } = this.#options;
    content.flipBit(position ?? randomBelow(random, content.size), randomBelow(random, 8));
  }

  async open(path: string, options: OpenOptions): Promise<DiskFile> {
    return this.#run("open", path, () => {
      let content = this.#names.tree.file(path);
      if (content === undefined) {
        if (options.mode === "read") throw new DiskError("NOT_FOUND", path, "no such file");
        content = new SimulatedContent(this.#space);
        this.#names.tree.setFile(path, content);
      }
      return new SimulatedFile(path, content, this.#machine, options.mode === "write");
    });
  }

  async readFile(path: string): Promise<Buffer | undefined> {
    return this.#run("read", path, () => this.#names.tree.file(path)?.toBuffer());
  }

  /** As a real disk does it, with a temporary file that a crash may leave behind. */
  async replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    await this.#replacing.run(path, async () => {
      const temporary = `${path}.tmp`;
      await this.remove(temporary);
      const file = await this.open(temporary, { mode: "write", diskClass: "log" });
      await file.write([bytes], 0);
      await file.sync();
      await this.rename(temporary, path);
    });
    await this.syncDirectory(parentDiskPath(path));
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    return this.#run("list", path, () => this.#names.tree.list(path));
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#run("makeDirectory", path, () => this.#names.tree.makeDirectory(path));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#run("rename", from, () => {
      const replaced = this.#names.tree.find(to);
      this.#names.tree.rename(from, to);
      if (this.#names.tree.find(to) !== replaced) unlinkAll(replaced);
    });
  }

  async remove(path: string): Promise<void> {
    await this.#run("remove", path, () => {
      const removed = this.#names.tree.find(path);
      this.#names.tree.remove(path);
      unlinkAll(removed);
    });
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#run("syncDirectory", path, () => {
      const node = this.#names.tree.find(path);
      if (!(node instanceof DirectoryNode)) throw new DiskError("NOT_FOUND", path, "no such directory");
      this.#names.sync(node);
    });
  }

  async freeBytes(): Promise<number | undefined> {
    return this.#space.freeBytes;
  }

  async totalBytes(): Promise<number | undefined> {
    return this.#space.totalBytes;
  }

  async lock(path: string): Promise<DiskLock> {
    return this.#run("lock", path, () => this.#locks.take(path));
  }

  async #run<T>(operation: DiskOperation, path: string, act: () => T): Promise<T> {
    this.#machine.check(operation, path);
    return this.#machine.complete(operation, path, act);
  }
}
