import { assert, type MaybePromise } from "@millrace/runtime";
import type {
  AppendExpectation,
  CommitLog,
  CommitLogListener,
  CommittedBatch,
  EncodedBatch,
  LogPosition,
} from "./commit-log.ts";

interface Snapshot {
  readonly position: LogPosition;
  readonly chunks: readonly EncodedBatch[];
}

interface MemoryCommitLogOptions {
  /** As in a partition's log, instead of one offset a batch as in raft's. */
  readonly offsetPerRecord?: boolean;
}

/** A commit log whose every move is the test's: nothing commits, and nobody leads, until told. */
export class MemoryCommitLog implements CommitLog {
  /** Everything that was appended, in order; above `committed` it may still be cut. */
  readonly batches: CommittedBatch[] = [];
  committed: LogPosition = { offset: -1, epoch: 0 };
  /** Handed over when the log is opened. */
  stored: Snapshot | undefined;
  /** What the next append meets instead of being taken. */
  nextAppend: (() => MaybePromise<void>) | undefined;
  /** How many appends were asked for. */
  appends = 0;
  closed = false;
  readonly #options: MemoryCommitLogOptions;
  #listener: CommitLogListener | undefined;

  constructor(options: MemoryCommitLogOptions = {}) {
    this.#options = options;
  }

  get nextOffset(): number {
    const last = this.batches.at(-1);
    return last === undefined ? this.committed.offset + 1 : last.baseOffset + this.span(last.records.length);
  }

  async open(listener: CommitLogListener): Promise<void> {
    this.#listener = listener;
    if (this.stored !== undefined) await this.install(this.stored);
  }

  /** Hands over a snapshot, as to a follower that is too far behind; its chunks come when `gate` resolves. */
  async install({ position, chunks }: Snapshot, gate?: Promise<void>): Promise<void> {
    this.committed = position;
    this.batches.length = 0;
    const gated = (async function* () {
      await gate;
      yield* chunks;
    })();
    await this.#listener?.onSnapshot(position, gated);
  }

  append(batches: readonly EncodedBatch[], expected: AppendExpectation): MaybePromise<void> {
    this.appends++;
    const { nextAppend } = this;
    this.nextAppend = undefined;
    const answer = nextAppend?.();
    assert(expected.baseOffset === this.nextOffset, "appends somewhere else than at the end");
    this.add(batches, expected.epoch);
    return answer;
  }

  /** As another writer would. */
  add(batches: readonly EncodedBatch[], epoch: number): void {
    for (const records of batches) this.batches.push({ baseOffset: this.nextOffset, epoch, records });
  }

  span(recordCount: number): number {
    return this.#options.offsetPerRecord ? recordCount : 1;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  lead(epoch: number): void {
    this.#listener?.onLead(epoch, this.nextOffset);
  }

  resign(): void {
    this.#listener?.onResign();
  }

  fail(error: unknown): void {
    this.#listener?.onFail(error);
  }

  /** Commits up to `offset`; everything when left out. */
  async commit(offset = this.nextOffset - 1): Promise<void> {
    const before = this.committed.offset;
    const batches = this.batches.filter((b) => b.baseOffset > before && b.baseOffset <= offset);
    this.committed = { offset, epoch: batches.at(-1)?.epoch ?? this.committed.epoch };
    await this.#listener?.onCommit(this.committed, batches);
  }

  /** Drops what is not committed, as a new leader does. */
  cut(): void {
    const kept = this.batches.filter((batch) => batch.baseOffset <= this.committed.offset);
    this.batches.splice(0, Infinity, ...kept);
  }

  async takeSnapshot(): Promise<Snapshot> {
    const { committed: position } = this;
    const chunks: EncodedBatch[] = [];
    for await (const chunk of this.#listener?.snapshot() ?? []) chunks.push(chunk);
    return { position, chunks };
  }
}
