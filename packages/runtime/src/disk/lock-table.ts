import type { DiskLock } from "./disk.ts";
import { DiskError } from "./disk-error.ts";

/** The locks of a disk that only one process sees. */
export class LockTable {
  readonly #held = new Set<string>();

  take(path: string): DiskLock {
    if (this.#held.has(path)) throw new DiskError("IN_USE", path, "another node holds it");
    this.#held.add(path);
    let held = true;
    return {
      release: async () => {
        if (held) this.#held.delete(path); // a second release must not free the next holder's lock
        held = false;
      },
    };
  }
}
