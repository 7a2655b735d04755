import type { MaybePromise } from "@millrace/runtime";
import type { Entry, SnapshotId } from "./entry.ts";
import { RaftNode } from "./node/raft-node.ts";
import type { RaftNodeOptions, RaftStatus } from "./node/raft-node-options.ts";
import { RaftError } from "./raft-error.ts";
import { frameRecords, unframeRecords } from "./record-framing.ts";
import type { RaftStateMachine } from "./state-machine.ts";

type EncodedBatch = readonly Uint8Array[];

interface LogPosition {
  readonly offset: number;
  readonly epoch: number;
}

/** What the log tells the state on it; `CommitLogListener` of `@millrace/replicated-state` fits. */
export interface RaftCommitLogListener {
  onSnapshot(position: LogPosition, chunks: AsyncIterable<EncodedBatch>): Promise<void>;
  onCommit(
    position: LogPosition,
    batches: readonly {
      readonly baseOffset: number;
      readonly epoch: number;
      readonly records: EncodedBatch;
    }[],
  ): MaybePromise<void>;
  onLead(epoch: number, nextOffset: number): void;
  onResign(): void;
  onFail(error: unknown): void;
  snapshot(): AsyncIterable<EncodedBatch>;
}

/**
 * Raft as the `CommitLog` of `@millrace/replicated-state`, met by shape: neither package knows the other. A batch is
 * one entry, so that the records of a decision stay together; its offset is the entry's index, its epoch the term.
 */
export class RaftCommitLog implements RaftStateMachine {
  readonly #options: Omit<RaftNodeOptions, "stateMachine">;
  #listener: RaftCommitLogListener | undefined;
  #opening: Promise<RaftNode> | undefined;
  #node: RaftNode | undefined;
  /** The term in which the listener leads. */
  #leadsTerm: number | undefined;

  constructor(options: Omit<RaftNodeOptions, "stateMachine">) {
    this.#options = options;
  }

  /** For status and reads; there once `open` resolved. */
  get node(): RaftNode {
    if (this.#node === undefined) throw new RaftError("STOPPED");
    return this.#node;
  }

  async open(listener: RaftCommitLogListener): Promise<void> {
    this.#listener = listener;
    const { clocks, random, executor, logger } = this.#options.runtime;
    const runtime = { clocks, random, executor, logger, fail: (error: unknown) => this.#onFailed(error) };
    this.#opening = RaftNode.open({ ...this.#options, runtime, stateMachine: this });
    this.#node = await this.#opening;
    this.#node.onRoleChange((status) => this.#onRoleChange(status));
  }

  /** On the leader. */
  get nextOffset(): number {
    return this.node.lastIndex + 1;
  }

  append(
    batches: readonly EncodedBatch[],
    expected: { readonly epoch: number; readonly baseOffset: number },
  ): void {
    try {
      this.node.append(batches.map(frameRecords), { term: expected.epoch, firstIndex: expected.baseOffset });
    } catch (error) {
      if (error instanceof RaftError && error.code === "UNEXPECTED_INDEX") this.#leadAnew();
      throw error;
    }
  }

  span(): number {
    return 1;
  }

  async close(): Promise<void> {
    await this.#node?.stop();
  }

  async apply(entries: readonly Entry[]): Promise<void> {
    // The first entries may be committed before `open` has its node.
    const node = this.#node ?? (await this.#opening);
    const last = entries.at(-1);
    if (last === undefined || node === undefined || this.#listener === undefined) return;
    // What the listener appended itself it has already: no need to take it apart again.
    const foreign = entries.filter((entry) => entry.kind === "data" && entry.term !== this.#leadsTerm);
    const batches = foreign.map((entry) => ({
      baseOffset: entry.index,
      epoch: entry.term,
      records: unframeRecords(entry.payload),
    }));
    await this.#listener.onCommit({ offset: last.index, epoch: last.term }, batches);
    this.#leadOnce(node, last);
  }

  snapshot(): AsyncIterable<Uint8Array> {
    const chunks = this.#listener?.snapshot() ?? [];
    return (async function* () {
      for await (const batch of chunks) yield frameRecords(batch);
    })();
  }

  async restore(snapshot: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const batches = (async function* () {
      for await (const chunk of chunks) yield unframeRecords(chunk);
    })();
    await this.#listener?.onSnapshot({ offset: snapshot.index, epoch: snapshot.term }, batches);
  }

  /** A leader writes once everything before its first own batch is applied: its term's no-op, a voter set. */
  #leadOnce({ leadsTerm, lastIndex }: RaftNode, applied: Entry): void {
    if (leadsTerm === undefined || this.#leadsTerm === leadsTerm) return;
    if (applied.index !== lastIndex || applied.term !== leadsTerm) return;
    this.#lead({ term: leadsTerm, lastIndex });
  }

  #lead({ term, lastIndex }: Pick<RaftStatus, "term" | "lastIndex">): void {
    this.#leadsTerm = term;
    this.#listener?.onLead(term, lastIndex + 1);
  }

  /** Raft put an entry of its own (a voter set) where the listener wanted to write: it has to count from there. */
  #leadAnew(): void {
    this.#leadsTerm = undefined;
    this.#listener?.onResign();
    const { status } = this.node;
    if (status.appliedIndex === status.lastIndex) this.#lead(status);
  }

  #onFailed(error: unknown): void {
    this.#listener?.onFail(error);
    this.#options.runtime.fail(error);
  }

  #onRoleChange(status: RaftStatus): void {
    const leads = status.role === "leader" && status.term === this.#leadsTerm;
    if (this.#leadsTerm === undefined || leads) return;
    this.#leadsTerm = undefined;
    this.#listener?.onResign();
  }
}
