import type { Disk } from "@millrace/runtime";
import { Coalesced } from "../coalesced.ts";
import { joinPath } from "../segments/file-names.ts";
import { topicPartitionName } from "../topic-partition.ts";
import {
  type CheckpointEntry,
  CLEANER_OFFSET_CHECKPOINT,
  formatOffsetCheckpoint,
  LOG_START_OFFSET_CHECKPOINT,
  RECOVERY_POINT_CHECKPOINT,
  REPLICATION_OFFSET_CHECKPOINT,
  readOffsetCheckpoint,
} from "./offset-checkpoint.ts";

/** What the checkpoints hold of one log. */
export interface CheckpointedOffsets {
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
}

export interface CheckpointedLog extends CheckpointedOffsets {
  readonly topicPartition: { readonly topic: string; readonly partition: number };
}

/** The three offset checkpoints of a data directory. */
export class DirectoryCheckpoints {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #logs: () => Iterable<CheckpointedLog>;
  readonly #writing = new Coalesced(() => this.#write());
  #loaded = new Map<string, CheckpointedOffsets>();
  /** Names in the files as they are. */
  #saved: ReadonlySet<string> = new Set();

  constructor(disk: Disk, path: string, logs: () => Iterable<CheckpointedLog>) {
    this.#disk = disk;
    this.#path = path;
    this.#logs = logs;
  }

  async load(): Promise<void> {
    const read = (name: string) => readOffsetCheckpoint(this.#disk, joinPath(this.#path, name));
    const [recoveryPoints, startOffsets, highWatermarks] = await Promise.all([
      read(RECOVERY_POINT_CHECKPOINT),
      read(LOG_START_OFFSET_CHECKPOINT),
      read(REPLICATION_OFFSET_CHECKPOINT),
    ]);
    const names = new Set([...recoveryPoints.keys(), ...startOffsets.keys(), ...highWatermarks.keys()]);
    for (const name of names) {
      this.#loaded.set(name, {
        recoveryPoint: recoveryPoints.get(name) ?? 0,
        logStartOffset: startOffsets.get(name) ?? 0,
        highWatermark: highWatermarks.get(name) ?? 0,
      });
    }
    this.#saved = names;
  }

  /** Kafka has one more, which its cleaner writes. Nothing is compacted yet, and an empty file says so. */
  async addCleanerCheckpoint(): Promise<void> {
    const path = joinPath(this.#path, CLEANER_OFFSET_CHECKPOINT);
    if ((await this.#disk.readFile(path)) === undefined) {
      await this.#disk.replaceFile(path, formatOffsetCheckpoint([]));
    }
  }

  /** As it was at start. */
  loaded(name: string): CheckpointedOffsets | undefined {
    return this.#loaded.get(name);
  }

  /** Whether the files hold something about a log of that name, be it of an earlier topic. */
  has(name: string): boolean {
    return this.#saved.has(name);
  }

  /** Everything that holds now is on disk when it resolves. */
  write(): Promise<void> {
    return this.#writing.run();
  }

  async #write(): Promise<void> {
    const logs = [...this.#logs()];
    this.#saved = new Set(logs.map((log) => topicPartitionName(log.topicPartition)));
    const replace = (name: string, offsetOf: (log: CheckpointedLog) => number): Promise<void> => {
      const entries = logs.map((log): CheckpointEntry => ({ ...log.topicPartition, offset: offsetOf(log) }));
      return this.#disk.replaceFile(joinPath(this.#path, name), formatOffsetCheckpoint(entries));
    };
    await replace(RECOVERY_POINT_CHECKPOINT, (log) => log.recoveryPoint);
    await replace(LOG_START_OFFSET_CHECKPOINT, (log) => log.logStartOffset);
    await replace(REPLICATION_OFFSET_CHECKPOINT, (log) => log.highWatermark);
  }
}
