import { assert, type Disk, type DiskFile } from "@millrace/runtime";
import type { Entry, LogIndex } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import { decodeFrame, encodeGroup } from "./frame.ts";
import type { ScratchBuffer } from "./scratch-buffer.ts";
import { encodeSegmentHeader, segmentHeaderBytes } from "./segment-header.ts";
import { padded } from "./storage-names.ts";

const suffix = ".raftlog";

export function segmentName(baseIndex: LogIndex): string {
  return `${padded(baseIndex)}${suffix}`;
}

/** Undefined for files that are not segments. */
export function segmentBaseIndex(name: string): LogIndex | undefined {
  return /^\d{20}\.raftlog$/.test(name) ? Number(name.slice(0, 20)) : undefined;
}

/** A file between others, or in front of them, is gone. */
export function missingEntries(directory: string, from: LogIndex, found: LogIndex): RaftStorageError {
  const reason = `the log continues with entry ${found} where ${from} is needed`;
  return new RaftStorageError("MISSING", `${directory}/${segmentName(found)}`, 0, reason);
}

/** One file of the log, open: consecutive entries from `baseIndex` on. */
export class Segment {
  readonly baseIndex: LogIndex;
  /** On its disk; the open file's own path may say more, for messages. */
  readonly path: string;
  readonly #file: DiskFile;
  readonly #positions: number[];
  #endPosition: number;
  /** How often entries were dropped: what was read meanwhile may be of both. */
  #truncations = 0;

  constructor(path: string, file: DiskFile, baseIndex: LogIndex, positions: number[], endPosition: number) {
    this.path = path;
    this.baseIndex = baseIndex;
    this.#file = file;
    this.#positions = positions;
    this.#endPosition = endPosition;
  }

  /**
   * A new, empty one. Its header is synced before any entry follows, so that a header that is damaged in front of
   * entries is damage, and never a torn write.
   */
  static async create(disk: Disk, directory: string, baseIndex: LogIndex): Promise<Segment> {
    const path = `${directory}/${segmentName(baseIndex)}`;
    const file = await disk.open(path, { mode: "write", diskClass: "raft" });
    await file.write([encodeSegmentHeader(baseIndex)], 0);
    await file.sync();
    await disk.syncDirectory(directory);
    return new Segment(path, file, baseIndex, [], segmentHeaderBytes);
  }

  /** One past the last entry. */
  get endIndex(): LogIndex {
    return this.baseIndex + this.#positions.length;
  }

  get sizeBytes(): number {
    return this.#endPosition;
  }

  /** One write and one sync for all of `entries`. `scratch` is in use until it is done. */
  async append(entries: readonly Entry[], scratch: ScratchBuffer): Promise<void> {
    assert(entries[0]?.index === this.endIndex, "entry does not follow the stored log");
    const { bytes, positions } = encodeGroup(entries, scratch);
    const start = this.#endPosition;
    await this.#file.write([bytes], start);
    await this.#file.sync();
    for (const position of positions) this.#positions.push(start + position);
    this.#endPosition = start + bytes.length;
  }

  /**
   * Whole entries from `from` up to `through` or the end of the file, at least one, about `bytesMax` at most; none when
   * `from` was dropped meanwhile.
   */
  async read(from: LogIndex, through: LogIndex, bytesMax: number): Promise<readonly Entry[]> {
    assert(from >= this.baseIndex && from < this.endIndex, "read outside of the segment");
    const start = this.#position(from);
    let end = from + 1;
    const limit = Math.min(through + 1, this.endIndex);
    while (end < limit && this.#position(end + 1) - start <= bytesMax) end++;
    const bytes = Buffer.allocUnsafe(this.#position(end) - start);
    const truncations = this.#truncations;
    const count = await this.#file.read(bytes, start);
    // What was read may be of both logs; what is still wanted of it was not touched, and is read anew.
    if (truncations !== this.#truncations)
      return from < this.endIndex ? this.read(from, through, bytesMax) : [];
    return this.#decode(bytes.subarray(0, count), start, from, end);
  }

  async truncate(from: LogIndex): Promise<void> {
    this.#truncations++;
    this.#endPosition = this.#position(from);
    this.#positions.length = from - this.baseIndex;
    await this.#file.truncate(this.#endPosition);
    await this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Of the frame of `index`, or the end of the file for the index behind the last. */
  #position(index: LogIndex): number {
    return this.#positions[index - this.baseIndex] ?? this.#endPosition;
  }

  #decode(bytes: Buffer, start: number, from: LogIndex, end: LogIndex): readonly Entry[] {
    const entries: Entry[] = [];
    let at = 0;
    for (let index = from; index < end; index++) {
      const frame = decodeFrame(bytes, at);
      if (frame?.entry.index !== index) {
        throw new RaftStorageError("CORRUPT", this.#file.path, start + at, `entry ${index} is damaged`);
      }
      entries.push(frame.entry);
      at += frame.sizeBytes;
    }
    return entries;
  }
}
