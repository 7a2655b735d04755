import { type Disk, type DiskFile, KeyedQueue } from "@millrace/runtime";
import type { EntryId, MemberKey, SnapshotId } from "../entry.ts";
import type { InstalledSnapshot, OpenedSnapshot, SnapshotReceiver, StoredSnapshot } from "./raft-storage.ts";
import { readSnapshotChunks, writeSnapshotFile } from "./snapshot-file.ts";
import { snapshotName } from "./snapshot-format.ts";
import { SnapshotReader } from "./snapshot-reader.ts";
import { ReceivedSnapshotFile } from "./snapshot-receiver.ts";
import { isReceivingName, isReceivingUpTo, receivingName, temporarySuffix } from "./storage-names.ts";

/**
 * The snapshots of a directory: the latest, and the one that is being received. A newer one only ever replaces an
 * older one, so that one name stands for the same bytes for good, and a transfer can be resumed by it.
 */
export class SnapshotStore {
  readonly #disk: Disk;
  readonly #directory: string;
  /** Held while the latest one changes, or its file is looked up. */
  readonly #turns = new KeyedQueue();
  #latest: SnapshotId | undefined;
  #receiving: ReceivedSnapshotFile | undefined;

  constructor(disk: Disk, directory: string, latest: SnapshotId | undefined) {
    this.#disk = disk;
    this.#directory = directory;
    this.#latest = latest;
  }

  get latest(): SnapshotId | undefined {
    return this.#latest;
  }

  async save(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const temporary = this.#path(id) + temporarySuffix;
    try {
      await writeSnapshotFile(this.#disk, temporary, id, chunks);
    } catch (error) {
      // The next one has another name, and a disk that is full would never have room for it.
      await this.#disk.remove(temporary).catch(() => {});
      throw error;
    }
    await this.#adopt(temporary, id);
  }

  async load(): Promise<StoredSnapshot | undefined> {
    const latest = await this.#openLatest();
    return latest && { id: latest.id, chunks: readSnapshotChunks(latest.file) };
  }

  async open(): Promise<OpenedSnapshot | undefined> {
    const latest = await this.#openLatest();
    return latest && SnapshotReader.open(latest.file);
  }

  /** `follow` makes the log follow a snapshot that just became the latest; true when it kept the log. */
  async receive(
    id: EntryId,
    sender: MemberKey,
    follow: (id: SnapshotId) => Promise<boolean>,
  ): Promise<SnapshotReceiver> {
    await this.#receiving?.close();
    const name = receivingName(id, sender);
    await this.#removeReceiving((other) => other !== name);
    this.#receiving = await ReceivedSnapshotFile.open(
      this.#disk,
      `${this.#directory}/${name}`,
      id,
      (path, received) => this.#install(path, received, follow),
    );
    return this.#receiving;
  }

  async close(): Promise<void> {
    await this.#receiving?.close();
  }

  async #install(
    path: string,
    id: SnapshotId,
    follow: (id: SnapshotId) => Promise<boolean>,
  ): Promise<InstalledSnapshot | undefined> {
    this.#receiving = undefined;
    if (!(await this.#adopt(path, id))) return undefined;
    return { id, keptLog: await follow(id) };
  }

  /** Whether the file became the latest snapshot; if not, a newer one did meanwhile, and the file is gone. */
  #adopt(file: string, id: SnapshotId): Promise<boolean> {
    return this.#turns.run("", async () => {
      const older = this.#latest;
      if (older !== undefined && older.index >= id.index) {
        await this.#disk.remove(file);
        return false;
      }
      await this.#disk.rename(file, this.#path(id));
      await this.#disk.syncDirectory(this.#directory);
      this.#latest = id;
      if (older !== undefined) await this.#disk.remove(this.#path(older));
      await this.#removeReceiving((name) => isReceivingUpTo(id.index, name));
      return true;
    });
  }

  #openLatest(): Promise<{ readonly id: SnapshotId; readonly file: DiskFile } | undefined> {
    return this.#turns.run("", async () => {
      const id = this.#latest;
      if (id === undefined) return undefined;
      return { id, file: await this.#disk.open(this.#path(id), { mode: "read", diskClass: "bulk" }) };
    });
  }

  async #removeReceiving(isObsolete: (name: string) => boolean): Promise<void> {
    const names = (await this.#disk.list(this.#directory)).map((entry) => entry.name);
    for (const name of names.filter((n) => isReceivingName(n) && isObsolete(n))) {
      await this.#disk.remove(`${this.#directory}/${name}`);
    }
  }

  #path(id: SnapshotId): string {
    return `${this.#directory}/${snapshotName(id)}`;
  }
}
