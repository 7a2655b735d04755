import { baseOffset } from "@millrace/kafka-protocol";
import { DiskError } from "@millrace/runtime";
import type { ProducerState } from "../producer-state/producer-state.ts";
import type { SnapshotFiles } from "../producer-state/snapshot-files.ts";
import { scanBatches } from "../segments/batch-scan.ts";
import { LOG_SUFFIX } from "../segments/file-names.ts";
import type { SegmentList } from "../segments/segment-list.ts";

/** Starts producer state from the latest snapshot at or below `offset`. Answers where replay begins. */
export async function restoreSnapshot(
  producers: ProducerState,
  snapshots: SnapshotFiles,
  offset: number,
): Promise<number> {
  const snapshot = await snapshots.latestUpTo(offset);
  producers.restore(snapshot?.entries ?? new Map());
  return snapshot?.offset ?? 0;
}

/** Replays batches in [`from`, `end`), which were flushed once: whatever cannot be one of them is damage. */
export async function replayProducers(
  producers: ProducerState,
  segments: SegmentList,
  from: number,
  end: number,
): Promise<void> {
  for (let index = segments.indexOf(from); index < segments.all.length; index++) {
    const segment = segments.all[index]!;
    if (segment.baseOffset >= end || from >= end) return;
    segment.retain();
    try {
      await segment.open();
      const result = await scanBatches(
        {
          file: segment.file,
          position: segment.indexes.offsets.positionBefore(from),
          end: segment.writtenBytes,
          minOffset: segment.baseOffset,
          verifyCrcFrom: Number.POSITIVE_INFINITY,
        },
        (buffer, at) => {
          const base = baseOffset(buffer, at);
          if (base >= end) return false;
          if (base >= from) producers.replay(buffer, at, base, () => {}); // its index has them already
          return true;
        },
      );
      if (result.end === "unsound" && result.nextOffset < end) {
        throw new DiskError("IO", segment.path(LOG_SUFFIX), `no sound batch at position ${result.position}`);
      }
    } finally {
      segment.release();
    }
  }
}
