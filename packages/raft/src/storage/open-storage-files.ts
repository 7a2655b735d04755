import { type Disk, type DiskFile, parentDiskPath } from "@millrace/runtime";
import type { Entry, LogIndex, SnapshotId, TermStart } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import { readHardState } from "./hard-state-file.ts";
import type { StoredState } from "./raft-storage.ts";
import { Segment, segmentBaseIndex, segmentName } from "./segment.ts";
import { hasSegmentHeader, segmentHeaderBytes } from "./segment-header.ts";
import { scanSegment } from "./segment-scan.ts";
import { isSnapshotName, readSnapshotId } from "./snapshot-file.ts";
import { cleanShutdownName, hardStateName, temporarySuffix } from "./storage-names.ts";

interface OpenedFiles {
  readonly initial: StoredState;
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
  const bases = names.map(segmentBaseIndex).filter((base) => base !== undefined);
  const hardState = await readHardState(disk, `${directory}/${hardStateName}`);
  if (hardState === undefined && (bases.length > 0 || snapshot !== undefined)) {
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
  if (snapshot !== undefined && endIndex <= snapshot.index) log = await dropLog(disk, log);
  await disk.remove(`${directory}/${cleanShutdownName}`);
  await disk.syncDirectory(directory);
  const nextIndex = (snapshot?.index ?? 0) + 1;
  return {
    segments: log.segments,
    initial: {
      hardState: hardState ?? { term: 0, votedFor: undefined },
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
  if (sorted[0] !== undefined && sorted[0] > firstNeeded) throw missing(directory, firstNeeded, sorted[0]);
  for (const [i, baseIndex] of sorted.entries()) {
    const before = log.segments.at(-1)?.endIndex ?? baseIndex;
    if (baseIndex !== before) throw missing(directory, before, baseIndex);
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
  if (scan.endPosition < bytes.length) await file.truncate(scan.endPosition);
  // A process that was killed may leave whole frames that never reached the platter: they count from now on.
  if (mayBeTorn) await file.sync();
  log.segments.push(new Segment(path, file, baseIndex, scan.positions, scan.endPosition));
  for (const start of scan.termStarts) {
    if (log.termStarts.at(-1)?.term !== start.term) log.termStarts.push(start);
  }
  log.votersEntries.push(...scan.votersEntries);
}

/** A snapshot that another node sent is newer than all of the log, and the crash came before the log was dropped. */
async function dropLog(disk: Disk, { segments }: OpenedLog): Promise<OpenedLog> {
  for (const segment of segments.toReversed()) {
    await segment.close();
    await disk.remove(segment.path);
  }
  return { segments: [], termStarts: [], votersEntries: [] };
}

async function readAll(file: DiskFile): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(await file.size());
  const count = await file.read(bytes, 0);
  return bytes.subarray(0, count);
}

function missing(directory: string, from: LogIndex, found: LogIndex): RaftStorageError {
  const reason = `the log continues with entry ${found} where ${from} is needed`;
  return new RaftStorageError("MISSING", `${directory}/${segmentName(found)}`, 0, reason);
}
