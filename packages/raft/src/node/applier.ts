import { assert, type Executor, type MaybePromise } from "@millrace/runtime";
import type { RaftCore } from "../core/raft-core.ts";
import type { Entry, LogIndex, SnapshotId } from "../entry.ts";
import type { RaftStateMachine } from "../state-machine.ts";
import type { RaftStorage } from "../storage/raft-storage.ts";

interface ApplierOptions {
  readonly storage: RaftStorage;
  /** Entries that are still in memory. */
  readonly recent: Pick<RaftCore, "recentEntries" | "recentFirstIndex">;
  readonly stateMachine: RaftStateMachine;
  readonly executor: Executor;
  readonly applyBytesMax: number;
  readonly onApplied: (entries: readonly Entry[]) => void;
  readonly onRestored: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** Hands what is committed to the state machine, in order, a bounded piece at a time. */
export class Applier {
  readonly #options: ApplierOptions;
  #appliedIndex: LogIndex;
  #commitIndex: LogIndex;
  #restoreAt: SnapshotId | undefined;
  #running: Promise<void> | undefined;
  #isHeld = false;
  #stopped = false;

  constructor(appliedIndex: LogIndex, options: ApplierOptions) {
    this.#options = options;
    this.#appliedIndex = appliedIndex;
    this.#commitIndex = appliedIndex;
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  commitTo(index: LogIndex): void {
    this.#commitIndex = index;
    this.#start();
  }

  /** The storage's snapshot, which came from elsewhere, takes the place of everything up to its index. */
  restore(snapshot: SnapshotId): void {
    this.#restoreAt = snapshot;
    this.#commitIndex = Math.max(this.#commitIndex, snapshot.index);
    this.#start();
  }

  /** The log is about to change under it: what is being applied is the last until `resume`. */
  hold(): void {
    this.#isHeld = true;
  }

  resume(): void {
    this.#isHeld = false;
    this.#start();
  }

  /** Resolves when all that is committed is applied, or nothing more can be. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Lets the piece that is being applied finish, and applies nothing after it. */
  stop(): void {
    this.#stopped = true;
  }

  #start(): void {
    if (this.#running !== undefined || this.#stopped || this.#isHeld) return;
    this.#running = this.#run().catch((error: unknown) => {
      this.#stopped = true;
      this.#running = undefined;
      this.#options.onFailed(error);
    });
  }

  async #run(): Promise<void> {
    await undefined;
    while (!this.#stopped && !this.#isHeld) {
      if (this.#restoreAt !== undefined) await this.#restore();
      else if (this.#appliedIndex >= this.#commitIndex) break;
      else {
        const done = this.#applyMore();
        if (done instanceof Promise) await done;
      }
    }
    this.#running = undefined;
  }

  #applyMore(): MaybePromise<void> {
    const { recent, applyBytesMax } = this.#options;
    const entries = recent.recentEntries(this.#appliedIndex + 1, this.#commitIndex, applyBytesMax);
    return entries === undefined ? this.#applyStored() : this.#apply(entries);
  }

  #apply(entries: readonly Entry[]): MaybePromise<void> {
    const done = this.#options.stateMachine.apply(entries);
    if (done instanceof Promise) return done.then(() => this.#applied(entries));
    this.#applied(entries);
  }

  #applied(entries: readonly Entry[]): void {
    this.#appliedIndex += entries.length;
    this.#options.onApplied(entries);
  }

  /** Entries of an earlier run of this node, or too many for memory. */
  async #applyStored(): Promise<void> {
    const { storage, recent, applyBytesMax, executor } = this.#options;
    // There may be very many, and reads from the page cache do not wait: others get their turn all the same.
    await new Promise<void>((resolve) => executor.afterTurn(resolve));
    const through = Math.min(this.#commitIndex, (recent.recentFirstIndex ?? Infinity) - 1);
    const entries = await storage.read(this.#appliedIndex + 1, through, applyBytesMax);
    // Those that a snapshot replaces may be gone already.
    if (this.#isHeld || this.#restoreAt !== undefined) return;
    assert(entries[0]?.index === this.#appliedIndex + 1, "a committed entry is not in the storage");
    await this.#apply(entries);
  }

  async #restore(): Promise<void> {
    const { storage, stateMachine, onRestored } = this.#options;
    this.#restoreAt = undefined;
    const snapshot = await storage.loadSnapshot();
    assert(snapshot !== undefined, "the snapshot that was installed is not in the storage");
    await stateMachine.restore(snapshot.id, snapshot.chunks);
    this.#appliedIndex = snapshot.id.index;
    onRestored();
  }
}
