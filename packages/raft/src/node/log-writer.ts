import type { Persist } from "../core/effects.ts";
import type { Entry, EntryId, HardState } from "../entry.ts";
import type { Message } from "../message.ts";
import type { RaftStorage } from "../storage/raft-storage.ts";

export interface Persisted {
  readonly hardState: HardState | undefined;
  readonly last: EntryId | undefined;
  readonly thenSend: readonly Message[];
}

/**
 * Brings effects to the disk, one group at a time. What arrives while a group is on its way makes the next one, so
 * that the slower the disk is, the more goes with one fsync.
 */
export class LogWriter {
  readonly #storage: RaftStorage;
  readonly #onPersisted: (persisted: Persisted) => void;
  readonly #onFailed: (error: unknown) => void;
  #hardState: HardState | undefined;
  #entries: Entry[] = [];
  #thenSend: Message[] = [];
  #upkeep: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;
  #failed = false;

  /** `onFailed` is the node's end: after a failed write nobody knows what is on the disk, so nothing more is written. */
  constructor(
    storage: RaftStorage,
    onPersisted: (persisted: Persisted) => void,
    onFailed: (error: unknown) => void,
  ) {
    this.#storage = storage;
    this.#onPersisted = onPersisted;
    this.#onFailed = onFailed;
  }

  /** Takes it into the next group. */
  write(persist: Persist): void {
    this.#hardState = persist.hardState ?? this.#hardState;
    for (const entry of persist.entries) this.#entries.push(entry);
    this.#thenSend.push(...persist.thenSend);
    this.#start();
  }

  /** Runs a change of the storage between two groups. */
  between(upkeep: () => Promise<void>): void {
    this.#upkeep.push(upkeep);
    this.#start();
  }

  /** Resolves when nothing is left to write, or nothing more can be. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #start(): void {
    if (this.#running !== undefined || this.#failed) return;
    this.#running = this.#run().catch((error: unknown) => {
      this.#failed = true;
      this.#running = undefined;
      this.#onFailed(error);
    });
  }

  async #run(): Promise<void> {
    // What the rest of this turn proposes joins the first group.
    await undefined;
    while (this.#hasWork()) {
      const { hardState, entries, thenSend } = this.#takeGroup();
      if (hardState !== undefined || entries.length > 0) {
        await this.#storage.persist({ ...(hardState && { hardState }), entries });
        this.#onPersisted({ hardState, last: entries.at(-1), thenSend });
      }
      for (const upkeep of this.#upkeep.splice(0)) await upkeep();
    }
    this.#running = undefined;
  }

  #hasWork(): boolean {
    return this.#hardState !== undefined || this.#entries.length > 0 || this.#upkeep.length > 0;
  }

  #takeGroup(): {
    hardState: HardState | undefined;
    entries: readonly Entry[];
    thenSend: readonly Message[];
  } {
    const group = { hardState: this.#hardState, entries: this.#entries, thenSend: this.#thenSend };
    this.#hardState = undefined;
    this.#entries = [];
    this.#thenSend = [];
    return group;
  }
}
