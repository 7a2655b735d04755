import { assert, type Disk, type DiskFile } from "@millrace/runtime";
import type { EntryId, SnapshotId } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import type { InstalledSnapshot, SnapshotReceiver } from "./raft-storage.ts";
import { unsyncedBytesMax } from "./sequential-writer.ts";
import { damagedSnapshot } from "./snapshot-format.ts";
import { SnapshotVerifier, verifyFile } from "./snapshot-verifier.ts";

type Install = (path: string, id: SnapshotId) => Promise<InstalledSnapshot | undefined>;

/** A snapshot that another node sends, in a file of its own until it is whole. */
export class ReceivedSnapshotFile implements SnapshotReceiver {
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #path: string;
  readonly #install: Install;
  readonly #verifier: SnapshotVerifier;
  #offset: number;
  #unsyncedBytes = 0;
  #isClosed = false;

  private constructor(
    disk: Disk,
    file: DiskFile,
    path: string,
    { verifier, install }: { readonly verifier: SnapshotVerifier; readonly install: Install },
  ) {
    this.#disk = disk;
    this.#file = file;
    this.#path = path;
    this.#verifier = verifier;
    this.#install = install;
    this.#offset = verifier.wholeBytes;
  }

  /**
   * Goes on behind the last part that is whole: what a crash left of the rest may be anything. `install` is given the
   * finished file, synced.
   */
  static async open(disk: Disk, path: string, id: EntryId, install: Install): Promise<ReceivedSnapshotFile> {
    const file = await disk.open(path, { mode: "write", diskClass: "bulk" });
    try {
      const verifier = await verifyWhatIsThere(file, id);
      await file.truncate(verifier.wholeBytes);
      return new ReceivedSnapshotFile(disk, file, path, { verifier, install });
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get offset(): number {
    return this.#offset;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    assert(!this.#isClosed, "write to a snapshot receiver that is closed");
    const known = this.#offset - offset;
    if (known < 0 || known >= bytes.length) return;
    const news = bytes.subarray(known);
    await this.#file.write([news], this.#offset);
    await this.#orGoBack(() => this.#verifier.take(news));
    this.#offset += news.length;
    this.#unsyncedBytes += news.length;
    if (this.#unsyncedBytes < unsyncedBytesMax) return;
    this.#unsyncedBytes = 0;
    await this.#sync();
  }

  async finish(): Promise<InstalledSnapshot | undefined> {
    assert(!this.#isClosed, "a snapshot receiver finishes once");
    const { id, isComplete } = this.#verifier;
    await this.#orGoBack(() => {
      if (!isComplete) throw damagedSnapshot(this.#file.path, this.#verifier.wholeBytes);
    });
    assert(id !== undefined, "a whole snapshot without an id");
    await this.#sync();
    await this.close();
    return this.#install(this.#path, id);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#file.close();
  }

  /** What a failed sync leaves can be read and is not on the disk, and no later sync changes that: nothing of it is used. */
  async #sync(): Promise<void> {
    try {
      await this.#file.sync();
    } catch (error) {
      await this.#disk.remove(this.#path);
      throw error;
    }
  }

  /** What is damaged is asked for again, from the last part that is whole. */
  async #orGoBack(check: () => void): Promise<void> {
    try {
      check();
    } catch (error) {
      this.#verifier.rewind();
      this.#offset = this.#verifier.wholeBytes;
      await this.#file.truncate(this.#offset);
      throw error;
    }
  }
}

/** Stands at the end of what is whole, whatever follows it. */
async function verifyWhatIsThere(file: DiskFile, id: EntryId): Promise<SnapshotVerifier> {
  const verifier = new SnapshotVerifier(file.path, id);
  try {
    await verifyFile(file, verifier);
  } catch (error) {
    if (!(error instanceof RaftStorageError)) throw error;
  }
  verifier.rewind();
  return verifier;
}
