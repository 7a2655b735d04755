import { type Disk, type DiskFile, parentDiskPath } from "@millrace/runtime";
import type { Entry, LogIndex, SnapshotId, TermStart } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import { HardStateFile } from "./hard-state-file.ts";
import type { StoredState } from "./raft-storage.ts";
import { missingEntries, Segment, segmentBaseIndex, segmentName } from "./segment.ts";
import { hasSegmentHeader, segmentHeaderBytes } from "./segment-header.ts";
import { type SegmentScan, scanSegment } from "./segment-scan.ts";
import { readSnapshotId } from "./snapshot-file.ts";
import { isSnapshotName } from "./snapshot-format.ts";
import { cleanShutdownName, hardStateName, isReceivingUpTo, temporarySuffix } from "./storage-names.ts";

export interface OpenedFiles {
  readonly initial: StoredState;
  readonly hardState: HardStateFile;
  readonly segments: Segment[];
}

interface OpenedLog {
  readonly segments: Segment[];
  readonly termStarts: TermStart[];
  readonly votersEntries: Entry[];
}

/** Makes sense of a storage directory, and cuts what a crash left unfinished. */
export async function openStorageFiles(disk: Disk, directory: string): Promise<OpenedFiles> {
  await disk.makeDirectory(directory);
  await disk.syncDirectory(parentDiskPath(directory));
  const names = (await disk.list(directory)).map((entry) => entry.name);
  for (const name of names.filter((n) => n.endsWith(temporarySuffix)))
    await disk.remove(`${directory}/${name}`);

  const snapshot = await newestSnapshot(disk, directory, names);
  for (const name of names.filter((n) => isReceivingUpTo(snapshot?.index ?? 0, n)))
    await disk.remove(`${directory}/${name}`);
  const bases = names.map(segmentBaseIndex).filter((base) => base !== undefined);
  const hardState = await HardStateFile.open(disk, `${directory}/${hardStateName}`);
  if (hardState.initial === undefined && (bases.length > 0 || snapshot !== undefined)) {
    const reason = "no term and vote beside a log: this node could vote twice";
    throw new RaftStorageError("MISSING", `${directory}/${hardStateName}`, 0, reason);
  }
  const cleanEnd = await readCleanShutdown(disk, directory);
  let log = await openLog(disk, directory, bases, snapshot, cleanEnd !== undefined);
  const endIndex = log.segments.at(-1)?.endIndex ?? 0;
  if (cleanEnd !== undefined && cleanEnd !== endIndex) {
    const reason = `the log ends at ${endIndex}, and was closed at ${cleanEnd}`;
    throw new RaftStorageError("MISSING", `${directory}/${cleanShutdownName}`, 0, reason);
  }
  if (snapshot !== undefined && !leadsTo(snapshot, log)) log = await dropLog(disk, directory, log);
  await disk.remove(`${directory}/${cleanShutdownName}`);
  await disk.syncDirectory(directory);
  const nextIndex = (snapshot?.index ?? 0) + 1;
  return {
    hardState,
    segments: log.segments,
    initial: {
      hardState: hardState.initial ?? { term: 0, votedFor: undefined },
      snapshot,
      firstIndex: log.segments[0]?.baseIndex ?? nextIndex,
      lastIndex: (log.segments.at(-1)?.endIndex ?? nextIndex) - 1,
      termStarts: log.termStarts,
      votersEntries: log.votersEntries,
    },
  };
}

/** The index behind the last entry, when the storage was closed in order. */
async function readCleanShutdown(disk: Disk, directory: string): Promise<LogIndex | undefined> {
  const bytes = await disk.readFile(`${directory}/${cleanShutdownName}`);
  const endIndex = Number(bytes?.toString() ?? Number.NaN);
  return Number.isSafeInteger(endIndex) ? endIndex : undefined;
}

/** A crash between a new snapshot and the removal of the one before leaves two. */
async function newestSnapshot(
  disk: Disk,
  directory: string,
  names: readonly string[],
): Promise<SnapshotId | undefined> {
  const [newest, ...older] = names.filter(isSnapshotName).sort().reverse();
  if (newest === undefined) return undefined;
  const id = await readSnapshotId(disk, `${directory}/${newest}`);
  for (const name of older) await disk.remove(`${directory}/${name}`);
  return id;
}

async function openLog(
  disk: Disk,
  directory: string,
  bases: readonly LogIndex[],
  snapshot: SnapshotId | undefined,
  isClean: boolean,
): Promise<OpenedLog> {
  const log: OpenedLog = { segments: [], termStarts: [], votersEntries: [] };
  const sorted = bases.toSorted((a, b) => a - b);
  // Files of before the snapshot may be gone, in any number, but from the front only.
  const firstNeeded = (snapshot?.index ?? 0) + 1;
  if (sorted[0] !== undefined && sorted[0] > firstNeeded)
    throw missingEntries(directory, firstNeeded, sorted[0]);
  for (const [i, baseIndex] of sorted.entries()) {
    const before = log.segments.at(-1)?.endIndex ?? baseIndex;
    if (baseIndex !== before) throw missingEntries(directory, before, baseIndex);
    const mayBeTorn = i === sorted.length - 1 && !isClean;
    await openSegment(disk, `${directory}/${segmentName(baseIndex)}`, baseIndex, mayBeTorn, log);
  }
  return log;
}

async function openSegment(
  disk: Disk,
  path: string,
  baseIndex: LogIndex,
  mayBeTorn: boolean,
  log: OpenedLog,
): Promise<void> {
  const file = await disk.open(path, { mode: "write", diskClass: "raft" });
  const bytes = await readAll(file);
  if (mayBeTorn && bytes.length <= segmentHeaderBytes && !hasSegmentHeader(bytes)) {
    // The crash came while the file was created: nothing had been written behind the header.
    await file.close();
    await disk.remove(path);
    return;
  }
  const scan = scanSegment(bytes, {
    file: file.path,
    baseIndex,
    termBefore: log.termStarts.at(-1)?.term ?? 0,
    isSealed: !mayBeTorn,
  });
  if (mayBeTorn) await settle(file, bytes, scan);
  log.segments.push(new Segment(path, file, baseIndex, scan.positions, scan.endPosition));
  for (const start of scan.termStarts) {
    if (log.termStarts.at(-1)?.term !== start.term) log.termStarts.push(start);
  }
  log.votersEntries.push(...scan.votersEntries);
}

/**
 * A process that was killed may leave whole frames that never reached the platter: they count from now on. They are written
 * anew, since after a sync that failed the kernel takes what it could not write for clean, and a later sync does nothing.
 */
async function settle(file: DiskFile, bytes: Buffer, scan: SegmentScan): Promise<void> {
  const { lastGroupPosition, endPosition } = scan;
  await file.truncate(endPosition);
  await file.write([bytes.subarray(lastGroupPosition, endPosition)], lastGroupPosition);
  await file.sync();
}

/**
 * False for what a crash left when it came between a snapshot that another node sent and the end of the log before it:
 * that log ends too early, or disagrees on the snapshot's entry.
 */
function leadsTo(snapshot: SnapshotId, { segments, termStarts }: OpenedLog): boolean {
  if ((segments.at(-1)?.endIndex ?? 0) <= snapshot.index) return false;
  const term = termStarts.findLast((start) => start.firstIndex <= snapshot.index)?.term;
  return term === undefined || term === snapshot.term;
}

/** Newest first and one after the other: a crash in between leaves what shows that it must go. */
async function dropLog(disk: Disk, directory: string, { segments }: OpenedLog): Promise<OpenedLog> {
  for (const segment of segments.toReversed()) {
    await segment.close();
    await disk.remove(segment.path);
    await disk.syncDirectory(directory);
  }
  return { segments: [], termStarts: [], votersEntries: [] };
}

async function readAll(file: DiskFile): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(await file.size());
  const count = await file.read(bytes, 0);
  return bytes.subarray(0, count);
}
