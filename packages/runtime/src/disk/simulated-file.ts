import type { MaybePromise } from "../maybe-promise.ts";
import type { DiskFile } from "./disk.ts";
import { DiskError } from "./disk-error.ts";
import type { SimulatedContent } from "./simulated-content.ts";
import type { DiskOperation, SimulatedMachine } from "./simulated-machine.ts";

export class SimulatedFile implements DiskFile {
  readonly path: string;
  readonly #content: SimulatedContent;
  readonly #machine: SimulatedMachine;
  readonly #writable: boolean;
  #open = true;
  /** After a failed sync nothing of this handle can be trusted, as with a real one. */
  #broken: DiskError | undefined;

  constructor(path: string, content: SimulatedContent, machine: SimulatedMachine, writable: boolean) {
    this.path = path;
    this.#content = content;
    this.#machine = machine;
    this.#writable = writable;
  }

  async size(): Promise<number> {
    this.#check("read");
    return this.#content.size;
  }

  write(buffers: readonly Uint8Array[], position: number): MaybePromise<void> {
    this.#check("write");
    this.#content.write(this.path, buffers, position);
    return this.#machine.complete("write", this.path, () => {});
  }

  read(target: Uint8Array, position: number): MaybePromise<number> {
    this.#check("read");
    return this.#machine.complete("read", this.path, () => this.#content.read(target, position));
  }

  async sync(): Promise<void> {
    this.#checkUsable();
    const sync = this.#content.beginSync();
    await this.#machine.complete("sync", this.path, () => {
      try {
        this.#machine.check("sync", this.path);
      } catch (error) {
        sync.fail();
        if (error instanceof DiskError) this.#broken = error;
        throw error;
      }
      sync.end();
    });
  }

  async truncate(sizeBytes: number): Promise<void> {
    this.#check("truncate");
    this.#content.truncate(this.path, sizeBytes);
    await this.#machine.complete("truncate", this.path, () => {});
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #check(operation: DiskOperation): void {
    this.#checkUsable();
    if (operation !== "read" && !this.#writable)
      throw new DiskError("DENIED", this.path, "opened for reading");
    this.#machine.check(operation, this.path);
  }

  #checkUsable(): void {
    if (!this.#open) throw new DiskError("IO", this.path, "the file is closed");
    if (this.#broken !== undefined) throw this.#broken;
  }
}
