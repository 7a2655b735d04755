import { type Disk, DiskError, type DiskFile } from "@millrace/runtime";
import type { Entry, HardState, LogIndex, SnapshotId, Term } from "../entry.ts";
import { decodeFrame } from "./frame.ts";
import { readHardState } from "./hard-state-file.ts";
import { missingEntries, segmentBaseIndex, segmentName } from "./segment.ts";
import { hasSegmentHeader } from "./segment-header.ts";
import { type ScanOptions, scanSegment } from "./segment-scan.ts";
import { readSnapshotChunks, readSnapshotIdOf } from "./snapshot-file.ts";
import { isSnapshotName } from "./snapshot-format.ts";
import { hardStateName } from "./storage-names.ts";

/** What a directory of a `SegmentedRaftStorage` holds, in this order. */
export type RaftDirectoryItem =
  | { readonly type: "hardState"; readonly hardState: HardState }
  /** Its chunks may be read, once, before the next item is asked for. */
  | { readonly type: "snapshot"; readonly id: SnapshotId; readonly chunks: AsyncIterable<Uint8Array> }
  /** From the first one kept on, those that the snapshot covers included; committed or not. */
  | { readonly type: "entry"; readonly entry: Entry };

interface OpenSegment {
  readonly baseIndex: LogIndex;
  readonly file: DiskFile;
}

interface OpenDirectory {
  readonly snapshot: { readonly id: SnapshotId; readonly file: DiskFile } | undefined;
  readonly segments: readonly OpenSegment[];
}

/**
 * Looks into a raft directory without owning it: nothing is changed, and a node may be writing there. Such a node's last
 * group is left out while it is half written. Refuses with a `RaftStorageError` what is damaged, missing or of a newer
 * release, and with a `DiskError` what cannot be read. Leaving the loop closes the files.
 */
export async function* readRaftDirectory(disk: Disk, directory: string): AsyncGenerator<RaftDirectoryItem> {
  const hardState = await readHardState(disk, `${directory}/${hardStateName}`);
  if (hardState !== undefined) yield { type: "hardState", hardState };
  const { snapshot, segments } = await openAll(disk, directory);
  try {
    if (snapshot !== undefined) {
      yield { type: "snapshot", id: snapshot.id, chunks: readSnapshotChunks(snapshot.file) };
    }
    for await (const entry of entriesOf(directory, segments, (snapshot?.id.index ?? 0) + 1)) {
      // A crash came before the rest of a log that disagrees was dropped: the node will do so when it starts.
      if (entry.index === snapshot?.id.index && entry.term !== snapshot.id.term) return;
      yield { type: "entry", entry };
    }
  } finally {
    await closeAll([...segments, ...(snapshot === undefined ? [] : [snapshot])]);
  }
}

async function* entriesOf(
  directory: string,
  segments: readonly OpenSegment[],
  firstNeeded: LogIndex,
): AsyncGenerator<Entry> {
  let termBefore: Term = 0;
  let needed = Math.min(firstNeeded, segments[0]?.baseIndex ?? firstNeeded);
  for (const { file, baseIndex } of segments) {
    if (baseIndex !== needed) throw missingEntries(directory, needed, baseIndex);
    const isSealed = baseIndex !== segments.at(-1)?.baseIndex;
    for (const entry of await readEntries(file, { file: file.path, baseIndex, termBefore, isSealed })) {
      yield entry;
      termBefore = entry.term;
      needed = entry.index + 1;
    }
  }
}

/** All of one file. What is not sealed may be overwritten while it is read, so damage there gets a second look. */
async function readEntries(file: DiskFile, options: ScanOptions, looks = 3): Promise<readonly Entry[]> {
  const whole = Buffer.allocUnsafe(await file.size());
  const bytes = whole.subarray(0, await file.read(whole, 0));
  if (!options.isSealed && !hasSegmentHeader(bytes)) return [];
  try {
    const { positions } = scanSegment(bytes, options);
    return positions.flatMap((position) => decodeFrame(bytes, position)?.entry ?? []);
  } catch (error) {
    if (options.isSealed || looks <= 1) throw error;
    return readEntries(file, options, looks - 1);
  }
}

/** Looks anew when files go while they are opened: a node that writes there compacted its log. */
async function openAll(disk: Disk, directory: string, looks = 5): Promise<OpenDirectory> {
  const opened: { readonly file: DiskFile }[] = [];
  const open = async (name: string): Promise<DiskFile> => {
    const file = await disk.open(`${directory}/${name}`, { mode: "read", diskClass: "bulk" });
    opened.push({ file });
    return file;
  };
  try {
    const names = (await disk.list(directory)).map((entry) => entry.name);
    const newest = names.filter(isSnapshotName).sort().at(-1);
    const snapshot = newest === undefined ? undefined : await openSnapshot(await open(newest));
    const bases = names.map(segmentBaseIndex).filter((base) => base !== undefined);
    const segments: OpenSegment[] = [];
    for (const baseIndex of bases.sort((a, b) => a - b)) {
      segments.push({ baseIndex, file: await open(segmentName(baseIndex)) });
    }
    return { snapshot, segments };
  } catch (error) {
    await closeAll(opened);
    if (looks <= 1 || !(error instanceof DiskError && error.code === "NOT_FOUND")) throw error;
    return openAll(disk, directory, looks - 1);
  }
}

async function openSnapshot(file: DiskFile): Promise<OpenDirectory["snapshot"]> {
  return { id: await readSnapshotIdOf(file), file };
}

async function closeAll(opened: readonly { readonly file: DiskFile }[]): Promise<void> {
  for (const { file } of opened) await file.close();
}
