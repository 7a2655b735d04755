import type { Disk } from "@millrace/runtime";
import { joinPath, offsetFileName, SNAPSHOT_SUFFIX } from "../segments/file-names.ts";
import type { ProducerEntry } from "./producer-entry.ts";
import { parseSnapshot } from "./snapshot-file.ts";

export interface LoadedSnapshot {
  readonly offset: number;
  readonly entries: Map<number, ProducerEntry>;
}

/** The producer snapshots of a partition: `N.snapshot` holds the state before offset N. */
export class SnapshotFiles {
  readonly #disk: Disk;
  readonly #place: { readonly directory: string };
  /** Ascending. */
  #offsets: number[];

  constructor(disk: Disk, place: { readonly directory: string }, offsets: readonly number[]) {
    this.#disk = disk;
    this.#place = place;
    this.#offsets = offsets.toSorted((a, b) => a - b);
  }

  has(offset: number): boolean {
    return this.#offsets.includes(offset);
  }

  async write(offset: number, content: Buffer): Promise<void> {
    await this.#disk.replaceFile(this.#path(offset), content);
    if (!this.#offsets.includes(offset)) this.#offsets = [...this.#offsets, offset].sort((a, b) => a - b);
  }

  /** The latest undamaged one at or below `offset`. */
  async latestUpTo(offset: number): Promise<LoadedSnapshot | undefined> {
    for (const candidate of this.#offsets.toReversed()) {
      if (candidate > offset) continue;
      const content = await this.#disk.readFile(this.#path(candidate));
      const entries = content && parseSnapshot(content);
      if (entries !== undefined) return { offset: candidate, entries };
    }
    return undefined;
  }

  removeAbove(offset: number): Promise<void> {
    return this.#remove((candidate) => candidate > offset);
  }

  /** Keeps the latest one and those where segments begin, as Kafka does. */
  removeObsolete(segmentBases: readonly number[]): Promise<void> {
    const kept = new Set([...segmentBases, this.#offsets.at(-1)]);
    return this.#remove((candidate) => !kept.has(candidate));
  }

  async #remove(obsolete: (offset: number) => boolean): Promise<void> {
    for (const offset of this.#offsets.filter(obsolete)) await this.#disk.remove(this.#path(offset));
    this.#offsets = this.#offsets.filter((offset) => !obsolete(offset));
  }

  #path(offset: number): string {
    return joinPath(this.#place.directory, offsetFileName(offset, SNAPSHOT_SUFFIX));
  }
}
