import { lastOffset } from "@millrace/kafka-protocol";
import { DiskError } from "@millrace/runtime";
import type { LogFiles } from "./log-files.ts";
import type { ProducerState } from "./producer-state/producer-state.ts";
import { replayProducers, restoreSnapshot } from "./recovery/replay-producers.ts";
import { type ScanResult, scanBatches } from "./segments/batch-scan.ts";
import { LOG_SUFFIX } from "./segments/file-names.ts";
import type { Segment } from "./segments/segment.ts";

export interface TruncateOptions {
  /** Within the log. */
  readonly to: number;
  readonly indexIntervalBytes: number;
  /** Recovery points are on disk when it resolves. */
  readonly checkpoint: () => Promise<void>;
  /** Called when nothing from `nextOffset` on is to be read any more, and before it goes. */
  readonly ends: (nextOffset: number) => void;
  readonly retire: (segments: readonly Segment[]) => Promise<void>;
}

/** Cuts the log before the batch that holds `to`; answers the offset that the next record gets. */
export async function truncateFiles(
  files: LogFiles,
  producers: ProducerState,
  { to, indexIntervalBytes, checkpoint, ends, retire }: TruncateOptions,
): Promise<number> {
  const { segments, snapshots, epochs } = files;
  const index = segments.indexOf(to);
  const segment = segments.all[index]!;
  await segment.open();
  segment.unsaved = true; // the active one again
  const { position, nextOffset } = await findCut(segment, to);
  // Before anything is cut: what is appended in its place must not count as flushed after a crash.
  files.recoveryPoint = Math.min(files.recoveryPoint, nextOffset);
  await checkpoint();

  const removed = segments.removeAfter(index);
  segment.endAt(position);
  ends(nextOffset);
  await retire(removed);
  const { indexes } = segment;
  await scan(segment, indexes.rewindTo(nextOffset), position, (buffer, at, size, batchPosition) => {
    indexes.note(buffer, at, size, batchPosition, indexIntervalBytes);
    return true;
  });
  await segment.cut(position);
  await snapshots.removeAbove(nextOffset);
  await replayProducers(
    producers,
    segments,
    await restoreSnapshot(producers, snapshots, nextOffset),
    nextOffset,
  );
  epochs.truncateFromEnd(nextOffset);
  await files.saveEpochs();
  return nextOffset;
}

/** Where the batch that holds `to` begins. The row before `to - 1` is of a batch that stays. */
function findCut(segment: Segment, to: number): Promise<ScanResult> {
  const from = segment.indexes.offsets.positionBefore(to - 1);
  return scan(segment, from, segment.writtenBytes, (buffer, at) => lastOffset(buffer, at) < to);
}

async function scan(
  segment: Segment,
  position: number,
  end: number,
  visit: Parameters<typeof scanBatches>[1],
): Promise<ScanResult> {
  const { file, baseOffset: minOffset } = segment;
  const verifyCrcFrom = Number.POSITIVE_INFINITY;
  const result = await scanBatches({ file, position, end, minOffset, verifyCrcFrom }, visit);
  if (result.end === "unsound") {
    throw new DiskError("IO", segment.path(LOG_SUFFIX), `no sound batch at position ${result.position}`);
  }
  return result;
}
