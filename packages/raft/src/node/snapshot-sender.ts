import type { Logger } from "@millrace/runtime";
import type { ReadSnapshot, SnapshotPiece } from "../core/effects.ts";
import type { MemberKey } from "../entry.ts";
import { memberName } from "../member-key.ts";
import type { OpenedSnapshot, RaftStorage } from "../storage/raft-storage.ts";

interface SnapshotSenderOptions {
  readonly storage: RaftStorage;
  readonly pieceBytes: number;
  readonly logger: Logger;
  readonly onRead: (to: MemberKey, piece: SnapshotPiece | undefined) => void;
}

/** Reads snapshots for followers that need one: the same for each of them from its first byte to its last. */
export class SnapshotSender {
  readonly #options: SnapshotSenderOptions;
  readonly #opened = new Map<string, Promise<OpenedSnapshot | undefined>>();

  constructor(options: SnapshotSenderOptions) {
    this.#options = options;
  }

  read(read: ReadSnapshot): void {
    const { onRead, logger } = this.#options;
    void this.#read(read).then(
      (piece) => onRead(read.to, piece),
      (error: unknown) => {
        // The follower stays behind, and the log still has to be served to the others.
        logger.error({ error, to: read.to }, "snapshot cannot be read for a follower");
        onRead(read.to, undefined);
      },
    );
  }

  /** A follower needs it no longer. */
  end(member: MemberKey): void {
    const name = memberName(member);
    const opened = this.#opened.get(name);
    this.#opened.delete(name);
    void opened?.then((snapshot) => snapshot?.close()).catch(() => {});
  }

  async close(): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    for (const one of opened) await one.then((snapshot) => snapshot?.close()).catch(() => {});
  }

  async #read({ to, snapshot, offset }: ReadSnapshot): Promise<SnapshotPiece | undefined> {
    const { storage, pieceBytes } = this.#options;
    if (snapshot === undefined) {
      this.end(to);
      this.#opened.set(memberName(to), storage.openSnapshot());
    }
    const opened = await this.#opened.get(memberName(to));
    if (opened === undefined) return undefined;
    const bytes = await opened.read(offset, pieceBytes);
    return { snapshot: opened.id, offset, bytes, last: offset + bytes.length >= opened.size };
  }
}
