import type { Logger } from "@millrace/runtime";
import type { Entry, LogIndex, SnapshotId } from "../entry.ts";
import type { RaftStateMachine } from "../state-machine.ts";
import type { RaftStorage } from "../storage/raft-storage.ts";
import type { LogWriter } from "./log-writer.ts";

interface SnapshotterOptions {
  readonly storage: RaftStorage;
  readonly stateMachine: RaftStateMachine;
  readonly writer: LogWriter;
  readonly snapshotEveryBytes: number;
  readonly logger: Logger;
  /** The storage may have dropped what is before `firstIndex`. */
  readonly onCompacted: (firstIndex: LogIndex) => void;
}

// Besides its payload, an entry costs time to replay and some bytes in memory; a log of empty ones is compacted too.
const entryOverheadBytes = 64;

/** Takes a snapshot each time that enough was applied, so that a restart replays a bounded log. */
export class Snapshotter {
  readonly #options: SnapshotterOptions;
  #bytesSinceSnapshot = 0;
  #running: Promise<void> | undefined;

  constructor(options: SnapshotterOptions) {
    this.#options = options;
  }

  /** Called between two applies, with the point in the log that the state machine now stands for. */
  applied(entries: readonly Entry[], at: () => SnapshotId): void {
    for (const entry of entries) this.#bytesSinceSnapshot += entry.payload.length + entryOverheadBytes;
    if (this.#running !== undefined || this.#bytesSinceSnapshot < this.#options.snapshotEveryBytes) return;
    this.#bytesSinceSnapshot = 0;
    this.#running = this.#take(at(), this.#options.stateMachine.snapshot());
  }

  /** Resolves when none is being written. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #take(id: SnapshotId, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { storage, writer, logger, onCompacted } = this.#options;
    // The log still has everything: a full disk must not end the node here, and the next one may succeed.
    const failed = (error: unknown): void => {
      logger.error({ error, index: id.index }, "snapshot failed");
    };
    try {
      await storage.saveSnapshot(id, chunks);
      writer.between(async () => {
        onCompacted(id.index + 1);
        await storage.truncatePrefix(id.index).catch(failed);
      });
    } catch (error) {
      failed(error);
    } finally {
      this.#running = undefined;
    }
  }
}
