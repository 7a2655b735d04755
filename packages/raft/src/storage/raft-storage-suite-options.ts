import type { RaftStorage } from "./raft-storage.ts";

export interface RaftStorageSuiteOptions {
  /** A storage that never held anything. */
  readonly make: () => Promise<RaftStorage>;
  /** What is there after `storage` was closed and opened again. */
  readonly reopen: (storage: RaftStorage) => Promise<RaftStorage>;
}
