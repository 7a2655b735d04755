import { baseOffset, lastOffset, partitionLeaderEpoch } from "@millrace/kafka-protocol";
import { DiskError, type Logger } from "@millrace/runtime";
import type { LeaderEpochCache } from "../leader-epoch-cache.ts";
import type { LogConfig } from "../log-config.ts";
import type { ProducerState } from "../producer-state/producer-state.ts";
import type { SnapshotFiles } from "../producer-state/snapshot-files.ts";
import { type ScanResult, scanBatches } from "../segments/batch-scan.ts";
import { LOG_SUFFIX } from "../segments/file-names.ts";
import type { Segment } from "../segments/segment.ts";
import type { SegmentList } from "../segments/segment-list.ts";
import { findSoundBatch, hasLostSector } from "./find-sound-batch.ts";
import { replayProducers, restoreSnapshot } from "./replay-producers.ts";

export interface RecoverOptions {
  readonly segments: SegmentList;
  readonly snapshots: SnapshotFiles;
  readonly producers: ProducerState;
  readonly epochs: LeaderEpochCache;
  /** Everything below was flushed, with its indexes. */
  readonly recoveryPoint: number;
  readonly config: LogConfig;
  readonly logger: Logger;
  /** Of the partition. */
  readonly syncDirectory: () => Promise<void>;
}

/**
 * Finds the end of a log and brings indexes, epochs and producer state up to it, reading only from the recovery point
 * on: nothing after a clean shutdown. Answers the offset that the next record gets.
 *
 * Above the recovery point a batch may be half there, or not at all. The log is cut at the first unsound one, unless
 * sound batches follow it: then nothing was torn off, something was damaged, and cutting would drop what may have been
 * acknowledged. That is refused with the file and position, except where a zeroed sector shows that the bytes never
 * reached the disk. What is missing below the recovery point is refused likewise.
 */
export async function recoverLog(options: RecoverOptions): Promise<number> {
  const recovery = new Recovery(options);
  return recovery.run();
}

class Recovery {
  readonly #options: RecoverOptions;
  #recoveryPoint: number;
  #replayFrom = 0;

  constructor(options: RecoverOptions) {
    this.#options = options;
    this.#recoveryPoint = Math.max(options.recoveryPoint, options.segments.first.baseOffset);
  }

  async run(): Promise<number> {
    const { segments, snapshots, producers, epochs } = this.#options;
    const firstIndex = segments.indexOf(this.#recoveryPoint);
    const first = segments.all[firstIndex]!;
    if (!(await first.openToRecover())) this.#recoveryPoint = first.baseOffset;
    this.#replayFrom = await restoreSnapshot(producers, snapshots, this.#recoveryPoint);
    await replayProducers(producers, segments, this.#replayFrom, this.#recoveryPoint);

    let nextOffset = first.baseOffset;
    for (let index = firstIndex; index < segments.all.length; index++) {
      const segment = segments.all[index]!;
      if (index > firstIndex) {
        if (await this.#endsBefore(segment, nextOffset, index)) break;
        await segment.openToRecover();
      }
      const result = await this.#scan(segment);
      nextOffset = result.nextOffset;
      const isLast = index === segments.all.length - 1;
      if (isLast || result.end !== "complete") this.#refuseLoss(segment, nextOffset);
      if (result.end === "complete") continue;
      await this.#refuseDamage(segment, result);
      await segment.cut(result.position);
      await this.#dropAfter(index, nextOffset);
      break;
    }
    epochs.truncateFromEnd(nextOffset);
    await snapshots.removeAbove(nextOffset);
    return nextOffset;
  }

  /** Notes and replays what is at or above the recovery point. */
  async #scan(segment: Segment): Promise<ScanResult> {
    const { producers, epochs, config } = this.#options;
    const { indexes } = segment;
    const position = indexes.rewindTo(this.#recoveryPoint);
    const onAborted = (transaction: AbortedTransactionRange, lastStableOffset: number): void =>
      indexes.transactions.append({ ...transaction, lastStableOffset });
    const result = await scanBatches(
      {
        file: segment.file,
        position,
        end: segment.writtenBytes,
        minOffset: segment.baseOffset,
        verifyCrcFrom: this.#recoveryPoint,
      },
      (buffer, at, size, batchPosition) => {
        indexes.note(buffer, at, size, batchPosition, config.indexIntervalBytes);
        if (lastOffset(buffer, at) < this.#recoveryPoint) return true;
        const base = baseOffset(buffer, at);
        epochs.assign(partitionLeaderEpoch(buffer, at), base);
        producers.replay(buffer, at, base, onAborted);
        return true;
      },
    );
    await segment.loadFirstTimestamp();
    return result;
  }

  /** Whether the log ends before `segment`: the end of the one before it never reached the disk. */
  async #endsBefore(segment: Segment, nextOffset: number, index: number): Promise<boolean> {
    if (segment.baseOffset < nextOffset) {
      throw new DiskError(
        "IO",
        segment.path(LOG_SUFFIX),
        `begins before offset ${nextOffset}, where the last ends`,
      );
    }
    if (segment.baseOffset === nextOffset || this.#options.config.cleanupPolicy.compact) return false;
    this.#refuseLoss(segment, nextOffset);
    await this.#dropAfter(index - 1, nextOffset);
    return true;
  }

  /** What was flushed does not go by itself: somebody should look before anything is cut. */
  #refuseLoss(segment: Segment, nextOffset: number): void {
    const { recoveryPoint } = this.#options;
    if (nextOffset >= recoveryPoint) return;
    const message = `the log ends at offset ${nextOffset}, but was flushed up to ${recoveryPoint}`;
    throw new DiskError("IO", segment.path(LOG_SUFFIX), message);
  }

  async #dropAfter(index: number, nextOffset: number): Promise<void> {
    const dropped = this.#options.segments.removeAfter(index);
    for (const segment of dropped.toReversed()) await segment.retire();
    // Else they come back with the next crash, behind what is appended in their place.
    if (dropped.length > 0) await this.#options.syncDirectory();
    const path = this.#options.segments.active.path(LOG_SUFFIX);
    this.#options.logger.warn(
      { path, nextOffset, segmentsDropped: dropped.length },
      "cut the torn end of a log",
    );
  }

  async #refuseDamage(segment: Segment, { position, nextOffset }: ScanResult): Promise<void> {
    const { file } = segment;
    const end = segment.writtenBytes;
    const sound = await findSoundBatch(file, { position: position + 1, end, minOffset: nextOffset + 1 });
    if (sound === undefined) return;
    if (await hasLostSector(file, { position, end: sound, expectedOffset: nextOffset })) return;
    throw new DiskError(
      "IO",
      segment.path(LOG_SUFFIX),
      `the batch at position ${position} (offset ${nextOffset}) is damaged, and sound ones follow at ${sound}`,
    );
  }
}

interface AbortedTransactionRange {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}
