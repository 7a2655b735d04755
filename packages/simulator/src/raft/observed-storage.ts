import type { Entry, EntryId, MemberKey, PersistBatch, RaftStorage, SnapshotId } from "@millrace/raft";
import type { Observed, RaftObserver } from "../checks/raft-observer.ts";
import { slotOf } from "../ledger/log-slot.ts";
import type { OpenedLog } from "../ledger/member-log.ts";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import { DelegatingStorage } from "./delegating-storage.ts";

type SnapshotReceiver = Awaited<ReturnType<RaftStorage["receiveSnapshot"]>>;

interface Watched {
  readonly process: SimulatedProcess;
  readonly at: Observed;
  readonly watch: RaftObserver;
}

/** A storage whose promises are written down. */
export class ObservedStorage extends DelegatingStorage {
  readonly #watched: Watched;

  constructor(inner: RaftStorage, watched: Watched) {
    super(inner);
    this.#watched = watched;
  }

  get #at(): Observed {
    return this.#watched.at;
  }

  /** Nobody watches a process that failed a moment ago. */
  get #watch(): RaftObserver {
    return this.#watched.process.hasEnded ? {} : this.#watched.watch;
  }

  override async persist(batch: PersistBatch): Promise<void> {
    this.#watch.writing?.(this.#at, batch);
    await this.inner.persist(batch);
    this.#watch.wrote?.(this.#at, batch);
  }

  override async saveSnapshot(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.inner.saveSnapshot(id, chunks);
    this.#watch.saved?.(this.#at.member, id);
  }

  override async receiveSnapshot(id: EntryId, sender: MemberKey): Promise<SnapshotReceiver> {
    const receiver = await this.inner.receiveSnapshot(id, sender);
    return {
      get offset() {
        return receiver.offset;
      },
      write: (offset, bytes) => receiver.write(offset, bytes),
      finish: () => this.#finish(receiver),
      close: () => receiver.close(),
    };
  }

  async #finish(receiver: SnapshotReceiver): ReturnType<SnapshotReceiver["finish"]> {
    this.#watch.installing?.(this.#at.member);
    const installed = await receiver.finish();
    if (installed !== undefined) this.#watch.installed?.(this.#at.member, installed.id, installed.keptLog);
    return installed;
  }
}

/** Everything that a storage holds, as a checker wants it. */
export async function readOpenedLog(storage: RaftStorage): Promise<OpenedLog> {
  const { hardState, snapshot, firstIndex, lastIndex } = storage.initial;
  const entries: Entry[] = [];
  while (firstIndex + entries.length <= lastIndex) {
    const piece = await storage.read(firstIndex + entries.length, lastIndex, Number.POSITIVE_INFINITY);
    if (piece.length === 0) break;
    entries.push(...piece);
  }
  return { hardState, snapshot, firstIndex, slots: entries.map(slotOf) };
}
