import type { Persist } from "../core/effects.ts";
import type { Entry, EntryId, HardState, LogIndex } from "../entry.ts";
import type { Message } from "../message.ts";
import type { RaftStorage } from "../storage/raft-storage.ts";

export interface Persisted {
  readonly hardState: HardState | undefined;
  readonly last: EntryId | undefined;
  readonly truncations: number;
  readonly thenSend: readonly Message[];
}

/** What goes to the disk together. */
interface Group {
  hardState: HardState | undefined;
  truncateFrom: LogIndex | undefined;
  truncations: number;
  entries: Entry[];
  readonly thenSend: Message[];
}

/**
 * Brings effects to the disk, one group at a time. What arrives while a group is on its way makes the next one, so
 * that the slower the disk is, the more goes with one fsync.
 */
export class LogWriter {
  readonly #storage: RaftStorage;
  readonly #onPersisted: (persisted: Persisted) => void;
  readonly #onFailed: (error: unknown) => void;
  #next: Group | undefined;
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
  write({ hardState, truncateFrom, truncations, entries, thenSend }: Persist): void {
    this.#next ??= { hardState: undefined, truncateFrom: undefined, truncations, entries: [], thenSend: [] };
    const group = this.#next;
    group.truncations = truncations;
    group.hardState = hardState ?? group.hardState;
    if (truncateFrom !== undefined) {
      group.entries = group.entries.filter((entry) => entry.index < truncateFrom);
      group.truncateFrom = Math.min(group.truncateFrom ?? truncateFrom, truncateFrom);
    }
    for (const entry of entries) group.entries.push(entry);
    for (const message of thenSend) group.thenSend.push(message);
    this.#start();
  }

  /** Runs a change of the storage behind everything that was written before. */
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
    while (this.#next !== undefined || this.#upkeep.length > 0) {
      const upkeep = this.#upkeep.splice(0);
      if (this.#next !== undefined) await this.#writeGroup(this.#next);
      for (const change of upkeep) await change();
    }
    this.#running = undefined;
  }

  async #writeGroup({ hardState, truncateFrom, truncations, entries, thenSend }: Group): Promise<void> {
    this.#next = undefined;
    if (hardState !== undefined || truncateFrom !== undefined || entries.length > 0) {
      await this.#storage.persist({
        ...(hardState && { hardState }),
        ...(truncateFrom !== undefined && { truncateFrom }),
        entries,
      });
    }
    this.#onPersisted({ hardState, last: entries.at(-1), truncations, thenSend });
  }
}
