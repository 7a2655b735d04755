import type { Executor } from "@millrace/runtime";
import type { Entry, LogIndex } from "../entry.ts";
import type { RaftStateMachine } from "../state-machine.ts";
import type { RaftStorage } from "../storage/raft-storage.ts";
import type { PendingEntries } from "./pending-entries.ts";

interface ApplierOptions {
  readonly storage: RaftStorage;
  readonly pending: PendingEntries;
  readonly stateMachine: RaftStateMachine;
  readonly executor: Executor;
  readonly applyBytesMax: number;
  readonly onApplied: (entries: readonly Entry[]) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Hands what is committed to the state machine, in order, a bounded piece at a time. */
export class Applier {
  readonly #options: ApplierOptions;
  #appliedIndex: LogIndex;
  #commitIndex: LogIndex;
  #running: Promise<void> | undefined;
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
    if (this.#running !== undefined || this.#stopped) return;
    this.#running = this.#run().catch((error: unknown) => {
      this.#stopped = true;
      this.#running = undefined;
      this.#options.onFailed(error);
    });
  }

  /** Resolves when all that is committed is applied, or nothing more can be. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Lets the piece that is being applied finish, and applies nothing after it. */
  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    const { stateMachine, pending, onApplied } = this.#options;
    await undefined;
    while (this.#appliedIndex < this.#commitIndex && !this.#stopped) {
      const isPending = (pending.firstIndex ?? Infinity) <= this.#appliedIndex + 1;
      const entries = isPending ? this.#peekPending() : await this.#readStored();
      const done = stateMachine.apply(entries);
      if (done instanceof Promise) await done;
      if (isPending) pending.drop(entries);
      this.#appliedIndex += entries.length;
      onApplied(entries);
    }
    this.#running = undefined;
  }

  #peekPending(): readonly Entry[] {
    return this.#options.pending.peek(this.#commitIndex, this.#options.applyBytesMax);
  }

  /** Entries of an earlier run of this node. */
  async #readStored(): Promise<readonly Entry[]> {
    const { storage, pending, applyBytesMax, executor } = this.#options;
    // There may be very many, and reads from the page cache do not wait: others get their turn all the same.
    await new Promise<void>((resolve) => executor.afterTurn(resolve));
    const through = Math.min(this.#commitIndex, (pending.firstIndex ?? Infinity) - 1);
    return storage.read(this.#appliedIndex + 1, through, applyBytesMax);
  }
}
