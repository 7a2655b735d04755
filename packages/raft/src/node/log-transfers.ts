import type { Logger } from "@millrace/runtime";
import type { Effects, Input, ReadEntries } from "../core/effects.ts";
import type { RaftCore } from "../core/raft-core.ts";
import type { SnapshotId } from "../entry.ts";
import type { RaftStorage } from "../storage/raft-storage.ts";
import type { Applier } from "./applier.ts";
import type { LogWriter } from "./log-writer.ts";
import { SnapshotIntake } from "./snapshot-intake.ts";
import { SnapshotSender } from "./snapshot-sender.ts";

interface LogTransfersOptions {
  readonly core: RaftCore;
  readonly storage: RaftStorage;
  readonly writer: LogWriter;
  readonly applier: Applier;
  readonly snapshotPieceBytes: number;
  readonly logger: Logger;
  readonly step: (input: Input) => void;
  /** Carries out what the core decided, at once. */
  readonly pump: () => void;
  readonly onFailed: (error: unknown) => void;
}

/** What followers need from this disk, and the snapshot that this node is sent. */
export class LogTransfers {
  readonly #options: LogTransfersOptions;
  readonly #sender: SnapshotSender;
  readonly #intake: SnapshotIntake;

  constructor(options: LogTransfersOptions) {
    const { storage, snapshotPieceBytes, logger, step, onFailed } = options;
    this.#options = options;
    this.#sender = new SnapshotSender({
      storage,
      pieceBytes: snapshotPieceBytes,
      logger,
      onRead: (to, piece) => step({ type: "snapshotRead", to, piece }),
    });
    this.#intake = new SnapshotIntake({ storage, logger, onReceived: step, onFailed });
  }

  carryOut({ readEntries, readSnapshots, endSnapshots, snapshotChunks, installSnapshot }: Effects): void {
    const { writer, onFailed } = this.#options;
    for (const read of readEntries) void this.#readEntries(read).catch(onFailed);
    for (const member of endSnapshots) this.#sender.end(member);
    for (const read of readSnapshots) this.#sender.read(read);
    for (const chunk of snapshotChunks) this.#intake.take(chunk);
    if (installSnapshot !== undefined) writer.between(() => this.#install(installSnapshot));
  }

  async close(): Promise<void> {
    await this.#sender.close();
    await this.#intake.close();
  }

  async #readEntries({ to, from, through, bytesMax }: ReadEntries): Promise<void> {
    const { core, storage, step } = this.#options;
    const entries = await storage.read(from, Math.min(through, core.stableIndex), bytesMax);
    step({ type: "entriesRead", to, entries });
  }

  /** Between two writes: the log changes, and nothing may be applied from it meanwhile. */
  async #install(snapshot: SnapshotId): Promise<void> {
    const { applier, logger, step, pump } = this.#options;
    applier.hold();
    const installed = await this.#intake.install();
    logger.info({ index: snapshot.index, installed }, "raft snapshot received");
    step({ type: "snapshotInstalled", snapshot, installed });
    pump();
    applier.resume();
  }
}
