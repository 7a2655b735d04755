import { ApiError, assert, type Runtime } from "@millrace/runtime";
import type { LogConfig } from "./log-config.ts";
import type { LogFiles } from "./log-files.ts";
import type { LogHealth } from "./log-health.ts";
import type { LogReader } from "./log-reader.ts";
import type { LogWriter } from "./log-writer.ts";
import type { RetentionResult } from "./partition-log.ts";
import type { ProducerState } from "./producer-state/producer-state.ts";
import { countExpired } from "./retention.ts";
import { Segment } from "./segments/segment.ts";
import { SerialQueue } from "./serial-queue.ts";
import { truncateFiles } from "./truncate-files.ts";
import type { Offset } from "./units.ts";
import type { Watermarks } from "./watermarks.ts";

export interface LogMaintenanceOptions {
  readonly files: LogFiles;
  readonly producers: ProducerState;
  readonly writer: LogWriter;
  readonly reader: LogReader;
  readonly watermarks: Watermarks;
  readonly health: LogHealth;
  readonly runtime: Pick<Runtime, "clocks" | "logger">;
  readonly config: () => LogConfig;
  /** Recovery points and start offsets of all logs are on disk when it resolves. */
  readonly checkpoint: () => Promise<void>;
}

/** What happens to the files of a log besides appends and reads: one thing at a time. */
export class LogMaintenance {
  readonly #options: LogMaintenanceOptions;
  readonly #queue = new SerialQueue();
  #truncating = false;
  #flushTimerArmed = false;

  constructor(options: LogMaintenanceOptions) {
    this.#options = options;
  }

  /** Nobody may append while it is. */
  get isTruncating(): boolean {
    return this.#truncating;
  }

  flush(): Promise<void> {
    return this.#run(() => this.#saveAll());
  }

  /** `flush.ms` after the first append since the last time. */
  armFlushTimer(): void {
    const { config, health, runtime } = this.#options;
    const { flushMs } = config();
    if (this.#flushTimerArmed || flushMs === Number.POSITIVE_INFINITY) return;
    this.#flushTimerArmed = true;
    runtime.clocks.liveness.setTimer(flushMs, () => {
      this.#flushTimerArmed = false;
      if (health.isOnline) health.inBackground(() => this.flush());
    });
  }

  /** Ends the active segment. It is flushed in the background, with the producer state of this moment. */
  roll(atOffset: number): Segment {
    const { health, producers } = this.#options;
    const segment = this.#startSegment(atOffset);
    const snapshot = producers.snapshot();
    health.inBackground(() => this.#queue.run(() => this.#save(atOffset, snapshot)));
    return segment;
  }

  saveEpochsInBackground(): void {
    const { files, health } = this.#options;
    health.inBackground(() => this.#queue.run(() => files.saveEpochs()));
  }

  truncateTo(to: Offset): Promise<void> {
    const { checkpoint, config, files, producers, reader, watermarks, writer } = this.#options;
    return this.#truncate(async () => {
      const nextOffset = await truncateFiles(files, producers, {
        to: Math.max(to, files.segments.first.baseOffset),
        checkpoint,
        indexIntervalBytes: config().indexIntervalBytes,
        ends: (endOffset) => {
          watermarks.truncate(endOffset);
          reader.forgetAll();
        },
        retire: (segments) => this.#retire(segments),
      });
      writer.restartAt(nextOffset);
    });
  }

  truncateFullyAndStartAt(at: Offset): Promise<void> {
    const { checkpoint, files, producers, reader, watermarks, writer } = this.#options;
    return this.#truncate(async () => {
      // Recovery has to look at all that a crash may leave of this.
      files.recoveryPoint = 0;
      await checkpoint();
      const segment = Segment.fresh(files.place, at);
      const removed = files.segments.replaceAll(segment);
      watermarks.restart(at);
      reader.forgetAll();
      await this.#retire(removed);
      await segment.createFile();
      writer.fileCreated();
      files.epochs.clear();
      producers.restore(new Map());
      await files.snapshots.removeAbove(-1);
      writer.restartAt(at);
      await this.#save(at, producers.snapshot());
      await checkpoint();
    });
  }

  async deleteRecordsBefore(to: Offset): Promise<void> {
    const { checkpoint, files, health, watermarks } = this.#options;
    health.check();
    if (to > watermarks.highWatermark) {
      throw new ApiError("OFFSET_OUT_OF_RANGE", { detail: `${to} is above the high watermark` });
    }
    if (to <= watermarks.logStartOffset) return;
    this.#moveStart(to);
    await this.#run(() => files.saveEpochs());
    await health.guard(checkpoint);
    await this.#run(() => this.#deleteFirst(async () => files.segments.indexOf(watermarks.logStartOffset)));
  }

  applyRetention(nowMs: number): Promise<RetentionResult> {
    const { config, files, watermarks } = this.#options;
    const { logStartOffset, highWatermark, nextOffset } = watermarks;
    const { segments } = files;
    return this.#run(() =>
      this.#deleteFirst(() =>
        countExpired({ segments, config: config(), nowMs, logStartOffset, highWatermark, nextOffset }),
      ),
    );
  }

  /** Flushes unless the log is offline, and closes its files. */
  async close(): Promise<void> {
    const { files, health, watermarks, writer } = this.#options;
    if (health.isOnline) {
      const flushed = this.#run(async () => {
        await writer.whenWritten(watermarks.nextOffset);
        files.segments.active.indexes.end();
        await this.#saveAll();
      });
      await flushed.catch(() => {}); // offline now, and told
    }
    await this.discard();
  }

  /** As `close`, for a partition whose files go anyway. */
  async discard(): Promise<void> {
    const { files, health, reader, runtime, writer } = this.#options;
    health.close();
    reader.forgetAll();
    writer.stop(health.answer);
    await this.#queue
      .run(() => files.close())
      .catch((error: unknown) => {
        runtime.logger.warn({ error }, "cannot close the files of a log");
      });
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#options.health.guard(() => this.#queue.run(work));
  }

  #truncate(work: () => Promise<void>): Promise<void> {
    assert(!this.#truncating, "truncated twice at a time");
    const { producers, watermarks, writer } = this.#options;
    this.#truncating = true;
    const truncated = this.#run(async () => {
      await writer.whenWritten(watermarks.nextOffset);
      await work();
      watermarks.settle(producers.firstUnstableOffset);
    });
    return truncated.finally(() => {
      this.#truncating = false;
    });
  }

  /** Deletes as many segments from the first as `count` says. */
  async #deleteFirst(count: () => Promise<number>): Promise<RetentionResult> {
    const { files, watermarks } = this.#options;
    const { segments } = files;
    const { nextOffset } = watermarks;
    const segmentsBefore = segments.all.length;
    let expired = await count();
    if (expired === segmentsBefore) {
      // The last one goes too, unless somebody appended while the others were looked at.
      if (nextOffset === watermarks.nextOffset) await this.#rollEmpty();
      else expired--;
    }
    if (expired === 0) return { segmentsDeleted: 0, bytesDeleted: 0 };
    const removed = segments.removeFirst(expired);
    this.#moveStart(segments.first.baseOffset);
    await files.saveEpochs();
    await this.#retire(removed);
    const bytesDeleted = removed.reduce((bytes, segment) => bytes + Math.max(0, segment.sizeBytes), 0);
    return { segmentsDeleted: removed.length, bytesDeleted };
  }

  /** So that the last segment with records can go. */
  async #rollEmpty(): Promise<void> {
    const { producers, watermarks, writer } = this.#options;
    const segment = this.#startSegment(watermarks.nextOffset);
    const snapshot = producers.snapshot();
    await segment.createFile();
    writer.fileCreated();
    await this.#save(segment.baseOffset, snapshot);
  }

  #startSegment(atOffset: number): Segment {
    const { segments, place } = this.#options.files;
    segments.active.indexes.end();
    const segment = Segment.fresh(place, atOffset);
    segments.push(segment);
    return segment;
  }

  #moveStart(to: number): void {
    const { files, producers, watermarks } = this.#options;
    watermarks.logStartOffset = Math.max(watermarks.logStartOffset, to);
    files.epochs.truncateFromStart(watermarks.logStartOffset);
    watermarks.settle(producers.firstUnstableOffset);
  }

  async #retire(segments: readonly Segment[]): Promise<void> {
    const { config, files, reader, runtime } = this.#options;
    reader.forget();
    await files.retire(segments, runtime.clocks.domain, config().fileDeleteDelayMs);
  }

  async #saveAll(): Promise<void> {
    const { files, producers, watermarks } = this.#options;
    const { nextOffset } = watermarks;
    if (files.isSavedUpTo(nextOffset)) await files.saveEpochs();
    else await this.#save(nextOffset, producers.snapshot());
  }

  /** With the producer state before `upTo`, which later appends must not have changed. */
  async #save(upTo: number, snapshot: Buffer): Promise<void> {
    const { files, writer } = this.#options;
    await writer.whenWritten(upTo);
    await files.saveUpTo(upTo, snapshot, () => writer.syncDirectory());
  }
}
