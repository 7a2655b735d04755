import type { Disk, Logger } from "@millrace/runtime";
import { LeaderEpochCache } from "./leader-epoch-cache.ts";
import type { LogConfig } from "./log-config.ts";
import { LogFiles } from "./log-files.ts";
import { ProducerState } from "./producer-state/producer-state.ts";
import { SnapshotFiles } from "./producer-state/snapshot-files.ts";
import { recoverLog } from "./recovery/recover-log.ts";
import {
  DELETED_SUFFIX,
  joinPath,
  LEADER_EPOCH_CHECKPOINT,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  offsetOfFileName,
  SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./segments/file-names.ts";
import { Segment, type SegmentPlace } from "./segments/segment.ts";
import { SegmentList } from "./segments/segment-list.ts";

export interface OpenLogFilesOptions {
  readonly place: SegmentPlace;
  /** 0 when nothing is known. */
  readonly recoveryPoint: number;
  /** Where a log without segments begins. */
  readonly logStartOffset: number;
  readonly config: LogConfig;
  readonly logger: Logger;
}

export interface OpenedLogFiles {
  readonly files: LogFiles;
  readonly producers: ProducerState;
  readonly nextOffset: number;
}

/** Finds a partition's files and recovers them. */
export async function openLogFiles(options: OpenLogFilesOptions): Promise<OpenedLogFiles> {
  const { place, config, logger, recoveryPoint } = options;
  const names = (await place.disk.list(place.directory)).map((entry) => entry.name);
  await removeLeftovers(place, names);
  const segments = await findSegments(options, new Set(names));
  const snapshotOffsets = names.map((name) => offsetOfFileName(name, SNAPSHOT_SUFFIX)).filter(isKnown);
  const snapshots = new SnapshotFiles(place.disk, place, snapshotOffsets);
  const epochs = await readEpochs(place.disk, joinPath(place.directory, LEADER_EPOCH_CHECKPOINT), names);
  const producers = new ProducerState();
  const nextOffset = await recoverLog({
    segments,
    snapshots,
    producers,
    epochs,
    recoveryPoint,
    config,
    logger,
    syncDirectory: () => place.disk.syncDirectory(place.directory),
  });
  const files = new LogFiles({ place, segments, snapshots, epochs, recoveryPoint });
  return { files, producers, nextOffset };
}

async function findSegments(options: OpenLogFilesOptions, names: ReadonlySet<string>): Promise<SegmentList> {
  const { place, logStartOffset } = options;
  const bases = [...names].map((name) => offsetOfFileName(name, LOG_SUFFIX)).filter(isKnown);
  if (bases.length === 0) {
    const segment = Segment.fresh(place, logStartOffset);
    await segment.createFile();
    await segment.close(); // recovery opens it like any other
    return new SegmentList([Segment.existing(place, logStartOffset, false)]);
  }
  return new SegmentList(
    bases
      .toSorted((a, b) => a - b)
      .map((base) =>
        Segment.existing(place, base, names.has(offsetFileName(base, TRANSACTION_INDEX_SUFFIX))),
      ),
  );
}

/** Deleted files that had to wait, and indexes whose log is gone. */
async function removeLeftovers({ disk, directory }: SegmentPlace, names: readonly string[]): Promise<void> {
  const known = new Set(names);
  for (const name of names) {
    const orphan = INDEX_SUFFIXES.some((suffix) => {
      const base = offsetOfFileName(name, suffix);
      return base !== undefined && !known.has(offsetFileName(base, LOG_SUFFIX));
    });
    if (orphan || name.endsWith(DELETED_SUFFIX)) await disk.remove(joinPath(directory, name));
  }
}

const INDEX_SUFFIXES = [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX];

async function readEpochs(disk: Disk, path: string, names: readonly string[]): Promise<LeaderEpochCache> {
  if (!names.includes(LEADER_EPOCH_CHECKPOINT)) return LeaderEpochCache.empty();
  const content = await disk.readFile(path);
  return (content && LeaderEpochCache.parse(content)) ?? LeaderEpochCache.empty();
}

function isKnown(offset: number | undefined): offset is number {
  return offset !== undefined;
}
