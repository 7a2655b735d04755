import { ApiError, BufferPool, DiskError, type Timer, toApiError } from "@millrace/runtime";
import { ReadBuffers } from "./cache/read-buffers.ts";
import { TailCache } from "./cache/tail-cache.ts";
import {
  CLEAN_SHUTDOWN_FILE,
  formatCleanShutdown,
  parseCleanShutdown,
} from "./checkpoints/clean-shutdown-file.ts";
import { type CheckpointedLog, DirectoryCheckpoints } from "./checkpoints/directory-checkpoints.ts";
import { formatPartitionMetadata, parsePartitionMetadata } from "./checkpoints/partition-metadata.ts";
import { Coalesced } from "./coalesced.ts";
import { forEachOf } from "./for-each-of.ts";
import { LocalPartitionLog } from "./local-partition-log.ts";
import type { LogConfig } from "./log-config.ts";
import type { LogDirectoryOptions } from "./log-directory-options.ts";
import { logMetrics } from "./log-metrics.ts";
import { openLogFiles } from "./open-log-files.ts";
import { deletedDirectoryName, isDeletedDirectory, partitionOfDirectory } from "./partition-directory.ts";
import type { PartitionLog } from "./partition-log.ts";
import type { CreateLogOptions, PartitionLogs, UnopenedLog } from "./partition-logs.ts";
import { joinPath, LOG_SUFFIX, PARTITION_METADATA } from "./segments/file-names.ts";
import { OpenSegments } from "./segments/open-segments.ts";
import { type TopicPartition, topicPartitionName } from "./topic-partition.ts";

/** How many partitions are opened or closed at a time: each may hold a window of a scan. */
const CONCURRENCY = 16;
/** Old segments that may stay open between reads: a descriptor and indexes each. */
const OPEN_SEGMENTS_MAX = 1_000;
/** Of the memory for caches, what may lie free for the next reads of files, and the requests that share the pool. */
const FREE_SHARE = 1 / 2;

const RETENTION_CHECK_INTERVAL_MS = 300_000;
const CHECKPOINT_INTERVAL_MS = 60_000;
const PRODUCER_ID_EXPIRATION_MS = 86_400_000;

/** Opens all partitions of a data directory; after a clean shutdown nothing but their last index entries is read. */
export async function openLogDirectory(options: LogDirectoryOptions): Promise<PartitionLogs> {
  const directory = new LogDirectory(options);
  await directory.open();
  return directory;
}

class LogDirectory implements PartitionLogs {
  readonly unopened: UnopenedLog[] = [];
  cleanShutdownBrokerEpoch: number | undefined;
  readonly #options: LogDirectoryOptions;
  readonly #path: string;
  readonly #logs = new Map<string, LocalPartitionLog>();
  /** Names for which `create` or `delete` is under way. */
  readonly #changing = new Map<string, Promise<unknown>>();
  readonly #checkpoints: DirectoryCheckpoints;
  readonly #syncing: Coalesced;
  readonly #openSegments = new OpenSegments(OPEN_SEGMENTS_MAX);
  readonly #pool: BufferPool;
  readonly #tailCache: TailCache;
  readonly #readBuffers: ReadBuffers;
  readonly #timers = new Set<Timer>();
  #closed = false;

  constructor(options: LogDirectoryOptions) {
    const { disk, path = "" } = options;
    this.#options = options;
    this.#path = path;
    this.#checkpoints = new DirectoryCheckpoints(disk, path, () => this.#checkpointed());
    this.#syncing = new Coalesced(() => disk.syncDirectory(path));
    this.#pool = options.bufferPool ?? new BufferPool({ freeBytesMax: 0 });
    this.#tailCache = new TailCache(this.#pool, 0);
    this.#readBuffers = new ReadBuffers(this.#pool, options.runtime.executor);
    this.setCacheBytesMax(options.cacheBytesMax);
  }

  async open(): Promise<void> {
    const { disk } = this.#options;
    await disk.makeDirectory(this.#path);
    await this.#takeCleanShutdown();
    await this.#checkpoints.load();
    await this.#checkpoints.addCleanerCheckpoint();
    const entries = await disk.list(this.#path);
    await forEachOf(entries, CONCURRENCY, async ({ name, kind }) => {
      if (kind !== "directory") return;
      if (isDeletedDirectory(name)) return disk.remove(joinPath(this.#path, name));
      const topicPartition = partitionOfDirectory(name);
      if (topicPartition !== undefined) await this.#openFound(topicPartition);
    });
    this.#registerMetrics();
    this.#repeat("liveness", this.#options.checkpointIntervalMs ?? CHECKPOINT_INTERVAL_MS, () =>
      this.#checkpoint(),
    );
    this.#repeat("domain", this.#options.retentionCheckIntervalMs ?? RETENTION_CHECK_INTERVAL_MS, () =>
      this.#applyRetention(),
    );
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(topicPartitionName({ topic, partition }));
  }

  all(): Iterable<PartitionLog> {
    return this.#logs.values();
  }

  create(options: CreateLogOptions): Promise<PartitionLog> {
    return this.#change(options, () => this.#create(options));
  }

  delete(topic: string, partition: number): Promise<void> {
    return this.#change({ topic, partition }, () => this.#delete({ topic, partition }));
  }

  setCacheBytesMax(bytes: number): void {
    const freeBytes = Math.floor(bytes * FREE_SHARE);
    this.#pool.setFreeBytesMax(freeBytes);
    this.#tailCache.setBytesMax(bytes - freeBytes);
  }

  async close({ brokerEpoch }: { readonly brokerEpoch: number }): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    await Promise.allSettled(this.#changing.values());
    const logs = [...this.#logs.values()];
    await forEachOf(logs, CONCURRENCY, (log) => log.close());
    await this.#checkpoints.write();
    if (logs.some((log) => log.failure !== undefined)) return; // the next start has to look at its end
    const path = joinPath(this.#path, CLEAN_SHUTDOWN_FILE);
    await this.#options.disk.replaceFile(path, formatCleanShutdown(brokerEpoch));
  }

  async #takeCleanShutdown(): Promise<void> {
    const { disk } = this.#options;
    const path = joinPath(this.#path, CLEAN_SHUTDOWN_FILE);
    const content = await disk.readFile(path);
    if (content === undefined) return;
    this.cleanShutdownBrokerEpoch = parseCleanShutdown(content);
    await disk.remove(path);
    await this.#syncing.run();
  }

  async #openFound(topicPartition: TopicPartition): Promise<void> {
    const { disk, configOf, runtime } = this.#options;
    const name = topicPartitionName(topicPartition);
    const directory = joinPath(this.#path, name);
    try {
      const metadata = await disk.readFile(joinPath(directory, PARTITION_METADATA));
      if (metadata === undefined && !(await this.#hasLog(directory))) return await disk.remove(directory); // never born
      const topicId = metadata && parsePartitionMetadata(metadata);
      if (topicId === undefined)
        throw new DiskError("IO", directory, `${PARTITION_METADATA} is missing or damaged`);
      await this.#openLog(topicPartition, topicId, configOf(topicPartition.topic));
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      runtime.logger.error({ log: name, error }, "partition cannot be opened");
      this.unopened.push({ ...topicPartition, cause: toApiError(error) });
    }
  }

  async #hasLog(directory: string): Promise<boolean> {
    return (await this.#options.disk.list(directory)).some((entry) => entry.name.endsWith(LOG_SUFFIX));
  }

  async #openLog(
    topicPartition: TopicPartition,
    topicId: Uint8Array,
    config: LogConfig,
    isNew = false,
  ): Promise<LocalPartitionLog> {
    const { disk, runtime, producerIdExpirationMs } = this.#options;
    const name = topicPartitionName(topicPartition);
    const known = isNew ? undefined : this.#checkpoints.loaded(name);
    const { recoveryPoint = 0, logStartOffset = 0, highWatermark = 0 } = known ?? {};
    const place = { disk, directory: joinPath(this.#path, name), openSegments: this.#openSegments };
    const { logger } = runtime;
    const opened = await openLogFiles({ place, recoveryPoint, logStartOffset, config, logger });
    const log = new LocalPartitionLog({
      topicPartition: { topic: topicPartition.topic, partition: topicPartition.partition },
      topicId,
      config,
      runtime,
      opened,
      logStartOffset,
      highWatermark,
      tailCache: this.#tailCache,
      readBuffers: this.#readBuffers,
      producerIdExpirationMs: producerIdExpirationMs ?? PRODUCER_ID_EXPIRATION_MS,
      checkpoint: () => this.#checkpoints.write(),
    });
    this.#logs.set(name, log);
    return log;
  }

  async #create(options: CreateLogOptions): Promise<PartitionLog> {
    const { disk } = this.#options;
    const name = topicPartitionName(options);
    const directory = joinPath(this.#path, name);
    if (this.#logs.has(name) || this.unopened.some((log) => topicPartitionName(log) === name)) {
      throw new ApiError("KAFKA_STORAGE_ERROR", { detail: `a log of ${name} exists already` });
    }
    try {
      if (this.#checkpoints.has(name)) await this.#checkpoints.write(); // of a topic of that name, long gone
      await disk.makeDirectory(directory);
      await disk.replaceFile(
        joinPath(directory, PARTITION_METADATA),
        formatPartitionMetadata(options.topicId),
      );
      const log = await this.#openLog(options, options.topicId, options.config, true);
      await this.#syncing.run();
      return log;
    } catch (error) {
      throw toApiError(error);
    }
  }

  async #delete(topicPartition: TopicPartition): Promise<void> {
    const { disk, runtime } = this.#options;
    const name = topicPartitionName(topicPartition);
    const log = this.#logs.get(name);
    if (log === undefined) return;
    this.#logs.delete(name);
    await log.discard();
    const unique = Buffer.alloc(16);
    runtime.random.fill(unique);
    const deleted = joinPath(this.#path, deletedDirectoryName(topicPartition, unique.toString("hex")));
    try {
      await disk.rename(joinPath(this.#path, name), deleted);
      await this.#syncing.run();
    } catch (error) {
      throw toApiError(error);
    }
    const timer = runtime.clocks.domain.setTimer(log.fileDeleteDelayMs, () => {
      this.#timers.delete(timer);
      disk.remove(deleted).catch((error: unknown) => {
        runtime.logger.warn(
          { path: deleted, error },
          "cannot remove a deleted partition before the next start",
        );
      });
    });
    this.#timers.add(timer);
  }

  /** One change of a name at a time. */
  async #change<T>(topicPartition: TopicPartition, work: () => Promise<T>): Promise<T> {
    const name = topicPartitionName(topicPartition);
    for (let busy = this.#changing.get(name); busy !== undefined; busy = this.#changing.get(name)) {
      await busy.catch(() => {});
    }
    if (this.#closed) throw new ApiError("KAFKA_STORAGE_ERROR", { detail: "the log directory is closed" });
    const change = work().finally(() => this.#changing.delete(name));
    this.#changing.set(name, change);
    return change;
  }

  /** Those that could not be opened keep what was known of them. */
  *#checkpointed(): Iterable<CheckpointedLog> {
    yield* this.#logs.values();
    for (const { topic, partition } of this.unopened) {
      const known = this.#checkpoints.loaded(topicPartitionName({ topic, partition }));
      if (known !== undefined) yield { ...known, topicPartition: { topic, partition } };
    }
  }

  async #checkpoint(): Promise<void> {
    try {
      await this.#checkpoints.write();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      // Recovery would have more to do, no more than that; the logs find out themselves what the disk is like.
      this.#options.runtime.logger.warn({ error }, "cannot write the offset checkpoints");
    }
  }

  async #applyRetention(): Promise<void> {
    const { domain } = this.#options.runtime.clocks;
    for (const log of [...this.#logs.values()]) {
      if (log.failure !== undefined || this.#closed) continue;
      await log.applyRetention(domain.nowMs()).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error; // offline or closed by now, and told
      });
    }
  }

  #repeat(clock: "liveness" | "domain", intervalMs: number, work: () => Promise<void>): void {
    const { clocks } = this.#options.runtime;
    const arm = (): void => {
      const timer = clocks[clock].setTimer(intervalMs, () => {
        this.#timers.delete(timer);
        work()
          .catch((error: unknown) => this.#options.runtime.fail(error))
          .finally(() => {
            if (!this.#closed) arm();
          });
      });
      this.#timers.add(timer);
    };
    arm();
  }

  #registerMetrics(): void {
    const { metrics } = this.#options.runtime;
    const gauges = metrics.register(logMetrics);
    metrics.onCollect(() => {
      const logs = [...this.#logs.values()];
      const offline = logs.filter((log) => log.failure !== undefined).length;
      gauges.millrace_log_partitions.set(logs.length + this.unopened.length);
      gauges.millrace_log_offline_partitions.set(offline + this.unopened.length);
      gauges.millrace_log_tail_cache_bytes.set(this.#tailCache.usedBytes);
      gauges.millrace_log_free_bytes.set(this.#pool.freeBytes);
      gauges.millrace_log_unwritten_bytes.set(logs.reduce((bytes, log) => bytes + log.unwrittenBytes, 0));
    });
  }
}
