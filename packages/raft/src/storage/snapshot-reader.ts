import type { DiskFile, MaybePromise } from "@millrace/runtime";
import type { SnapshotId } from "../entry.ts";
import type { OpenedSnapshot } from "./raft-storage.ts";
import { damagedSnapshot } from "./snapshot-format.ts";
import { SnapshotVerifier, verifyFile } from "./snapshot-verifier.ts";

/** A stored snapshot as the bytes it consists of. */
export class SnapshotReader implements OpenedSnapshot {
  readonly id: SnapshotId;
  readonly size: number;
  readonly #file: DiskFile;

  private constructor(file: DiskFile, id: SnapshotId, size: number) {
    this.#file = file;
    this.id = id;
    this.size = size;
  }

  /** Reads all of it once, so that no other node is sent what is damaged here. Closes `file` when it fails. */
  static async open(file: DiskFile): Promise<SnapshotReader> {
    try {
      const verifier = new SnapshotVerifier(file.path);
      await verifyFile(file, verifier);
      const { id, isComplete, wholeBytes } = verifier;
      if (id === undefined || !isComplete) throw damagedSnapshot(file.path, wholeBytes);
      return new SnapshotReader(file, id, wholeBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  read(offset: number, bytesMax: number): MaybePromise<Uint8Array> {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(bytesMax, this.size - offset)));
    if (bytes.length === 0) return bytes;
    const count = this.#file.read(bytes, offset);
    return count instanceof Promise ? count.then((n) => bytes.subarray(0, n)) : bytes.subarray(0, count);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
