import type {
  Entry,
  EntryId,
  LogIndex,
  MemberKey,
  PersistBatch,
  RaftStorage,
  SnapshotId,
  StoredSnapshot,
  StoredState,
} from "@millrace/raft";
import type { MaybePromise } from "@millrace/runtime";

/** Passes everything on; a subclass watches some of it, or gets it wrong. */
export class DelegatingStorage implements RaftStorage {
  readonly initial: StoredState;
  protected readonly inner: RaftStorage;

  constructor(inner: RaftStorage) {
    this.initial = inner.initial;
    this.inner = inner;
  }

  persist(batch: PersistBatch): Promise<void> {
    return this.inner.persist(batch);
  }

  read(from: LogIndex, through: LogIndex, bytesMax: number): MaybePromise<readonly Entry[]> {
    return this.inner.read(from, through, bytesMax);
  }

  truncatePrefix(through: LogIndex): Promise<void> {
    return this.inner.truncatePrefix(through);
  }

  saveSnapshot(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    return this.inner.saveSnapshot(id, chunks);
  }

  loadSnapshot(): Promise<StoredSnapshot | undefined> {
    return this.inner.loadSnapshot();
  }

  openSnapshot(): ReturnType<RaftStorage["openSnapshot"]> {
    return this.inner.openSnapshot();
  }

  receiveSnapshot(id: EntryId, sender: MemberKey): ReturnType<RaftStorage["receiveSnapshot"]> {
    return this.inner.receiveSnapshot(id, sender);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
