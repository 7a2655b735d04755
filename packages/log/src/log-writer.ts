import { assert, type Disk, type Executor, type PooledBuffer } from "@millrace/runtime";
import { HeldPieces } from "./cache/held-pieces.ts";
import type { Segment } from "./segments/segment.ts";

interface PendingWrite {
  readonly segment: Segment;
  readonly position: number;
  readonly pieces: HeldPieces;
  /** One above the last offset in it. */
  endOffset: number;
}

interface Place {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface LogWriterOptions {
  readonly disk: Disk;
  /** Changes when the partition is renamed. */
  readonly place: { readonly directory: string };
  readonly executor: Executor;
  /** Everything below is written. */
  readonly startOffset: number;
  /** After how many records a write waits for an fsync; asked before each. */
  readonly flushMessages: () => number;
  readonly written: (endOffset: number) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Gathers what is appended and writes it, one write at a time: all of a turn of the event loop, and all that came while
 * the last write was on its way. When the configuration wants an fsync before the log end moves, one serves the group.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #queue: PendingWrite[] = [];
  #unwrittenBytes = 0;
  #writtenOffset: number;
  #syncedOffset: number;
  /** A segment file may have been created since the directory was synced: also by a process that died since. */
  #directoryChanged = true;
  #scheduled = false;
  #busy = false;
  #failed = false;
  #waiters: {
    readonly offset: number;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  #failure: unknown;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#writtenOffset = options.startOffset;
    this.#syncedOffset = options.startOffset;
  }

  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  get writtenOffset(): number {
    return this.#writtenOffset;
  }

  /** What lies there in `memory` belongs at `position` of `segment`, right behind what was queued before. */
  enqueue(segment: Segment, position: number, memory: PooledBuffer, place: Place, endOffset: number): void {
    let last = this.#queue.at(-1);
    if (last?.segment !== segment) {
      last = { segment, position, pieces: new HeldPieces(), endOffset };
      this.#queue.push(last);
    }
    assert(last.position + last.pieces.sizeInBytes === position, "gap between two writes");
    last.pieces.add(memory, place.start, place.end);
    last.endOffset = endOffset;
    this.#unwrittenBytes += place.end - place.start;
    this.#schedule();
  }

  /** Resolves when everything below `offset` is written; rejects when the disk fails first. */
  whenWritten(offset: number): Promise<void> {
    if (this.#failed) return Promise.reject(this.#failure);
    if (offset <= this.#writtenOffset) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ offset, resolve, reject });
    });
  }

  /** Makes new files survive a crash: part of every fsync that is to count. */
  async syncDirectory(): Promise<void> {
    if (!this.#directoryChanged) return;
    this.#directoryChanged = false;
    await this.#options.disk.syncDirectory(this.#options.place.directory);
  }

  /** After truncation, with nothing queued. */
  restartAt(offset: number): void {
    assert(this.#queue.length === 0 && !this.#busy, "restarted while writing");
    this.#writtenOffset = offset;
    this.#syncedOffset = Math.min(this.#syncedOffset, offset);
  }

  fileCreated(): void {
    this.#directoryChanged = true;
  }

  /** Drops what is queued; whoever waits is told. */
  stop(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#failure = error;
    for (const { pieces } of this.#queue.splice(0)) pieces.release();
    this.#unwrittenBytes = 0;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy) return;
    this.#scheduled = true;
    this.#options.executor.afterTurn(this.#drain);
  }

  readonly #drain = (): void => {
    this.#scheduled = false;
    // What listeners append meanwhile waits for the next turn.
    for (let writes = this.#queue.length; writes > 0 && !this.#failed && !this.#busy; writes--) {
      const waits = this.#writeNext();
      if (waits === undefined) continue;
      this.#busy = true;
      waits.then(this.#resume, (error: unknown) => {
        this.#busy = false;
        this.#options.failed(error);
      });
    }
  };

  readonly #resume = (): void => {
    this.#busy = false;
    if (this.#queue.length > 0) this.#drain();
  };

  /** Answers a promise when the write did not complete at once. */
  #writeNext(): Promise<void> | undefined {
    const write = this.#queue.shift()!;
    if (write.segment.isFresh || this.#mustSync(write.endOffset)) return this.#writeSlowly(write);
    try {
      const result = write.segment.file.write(write.pieces.buffers(), write.position);
      if (result instanceof Promise) return this.#writeAsync(write, result);
    } catch (error) {
      write.pieces.release();
      this.#options.failed(error);
      return undefined;
    }
    this.#complete(write);
    return undefined;
  }

  async #writeAsync(write: PendingWrite, writing: Promise<void>): Promise<void> {
    try {
      await writing;
    } finally {
      write.pieces.release(); // not before: the disk reads it
    }
    this.#complete(write);
  }

  async #writeSlowly(write: PendingWrite): Promise<void> {
    const { segment } = write;
    try {
      if (segment.isFresh) {
        await segment.createFile();
        this.#directoryChanged = true;
      }
      await segment.file.write(write.pieces.buffers(), write.position);
    } finally {
      write.pieces.release();
    }
    if (this.#mustSync(write.endOffset)) {
      await segment.file.sync();
      await this.syncDirectory();
      this.#syncedOffset = write.endOffset;
    }
    this.#complete(write);
  }

  #mustSync(endOffset: number): boolean {
    return endOffset - this.#syncedOffset >= this.#options.flushMessages();
  }

  #complete(write: PendingWrite): void {
    const { segment, position, pieces, endOffset } = write;
    pieces.release();
    if (this.#failed) return;
    segment.writtenBytes = position + pieces.sizeInBytes;
    this.#unwrittenBytes -= pieces.sizeInBytes;
    this.#writtenOffset = endOffset;
    this.#options.written(endOffset);
    if (this.#waiters.length > 0) this.#wake();
  }

  #wake(): void {
    const reached = this.#waiters.filter((waiter) => waiter.offset <= this.#writtenOffset);
    this.#waiters = this.#waiters.filter((waiter) => waiter.offset > this.#writtenOffset);
    for (const waiter of reached) waiter.resolve();
  }
}
