import { assert, DiskError, type Logger } from "@millrace/runtime";
import type { Input } from "../core/effects.ts";
import { memberName } from "../member-key.ts";
import type { SnapshotChunk } from "../message.ts";
import { RaftStorageError } from "../raft-error.ts";
import type { RaftStorage, SnapshotReceiver } from "../storage/raft-storage.ts";

type Received = Extract<Input, { type: "snapshotReceived" }>;

interface SnapshotIntakeOptions {
  readonly storage: RaftStorage;
  readonly logger: Logger;
  readonly onReceived: (received: Received) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Writes a snapshot that a leader sends, a piece at a time. */
export class SnapshotIntake {
  readonly #options: SnapshotIntakeOptions;
  #name = "";
  #receiver: SnapshotReceiver | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: SnapshotIntakeOptions) {
    this.#options = options;
  }

  take(chunk: SnapshotChunk): void {
    const { onReceived, onFailed } = this.#options;
    if (this.#writing !== undefined) {
      // Dropped, so that a slow disk collects nothing: the answer makes the leader send it again.
      if (this.#name === nameOf(chunk)) this.#answer(chunk, "receiving");
      return;
    }
    this.#writing = this.#write(chunk)
      .then(onReceived, onFailed)
      .finally(() => {
        this.#writing = undefined;
      });
  }

  /** False when what came turned out to be damaged, or as new a one was taken here meanwhile. */
  async install(): Promise<boolean> {
    const receiver = this.#receiver;
    assert(receiver !== undefined, "no snapshot to install");
    await this.#writing;
    try {
      const installed = await receiver.finish();
      this.#receiver = undefined;
      this.#name = "";
      return installed !== undefined;
    } catch (error) {
      if (!(error instanceof RaftStorageError)) throw error;
      this.#options.logger.error({ error }, "a received snapshot is damaged");
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#receiver?.close();
    this.#receiver = undefined;
  }

  async #write(chunk: SnapshotChunk): Promise<Received> {
    const { snapshot, from, offset, bytes, last } = chunk;
    const type = "snapshotReceived";
    try {
      if (this.#receiver === undefined || this.#name !== nameOf(chunk)) {
        this.#name = nameOf(chunk);
        this.#receiver = await this.#options.storage.receiveSnapshot(snapshot, from);
      }
      if (bytes.length > 0) await this.#receiver.write(offset, bytes);
    } catch (error) {
      const isRefusal = error instanceof DiskError || error instanceof RaftStorageError;
      if (!isRefusal) throw error;
      this.#options.logger.error({ error, from }, "snapshot cannot be received");
      return { type, chunk, status: "refused", offset: this.#receiver?.offset ?? 0 };
    }
    const isWhole = last && this.#receiver.offset === offset + bytes.length;
    return { type, chunk, status: isWhole ? "whole" : "receiving", offset: this.#receiver.offset };
  }

  #answer(chunk: SnapshotChunk, status: Received["status"]): void {
    const offset = this.#receiver?.offset ?? 0;
    this.#options.onReceived({ type: "snapshotReceived", chunk, status, offset });
  }
}

function nameOf({ snapshot, from }: SnapshotChunk): string {
  return `${snapshot.index}/${snapshot.term} of ${memberName(from)}`;
}
