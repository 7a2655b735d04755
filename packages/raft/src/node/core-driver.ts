import type { Timer } from "@millrace/runtime";
import type { ConfirmedRead, Effects, Input } from "../core/effects.ts";
import type { RaftCore } from "../core/raft-core.ts";
import type { Entry, LogIndex } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import { Applier } from "./applier.ts";
import { LogTransfers } from "./log-transfers.ts";
import { LogWriter, type Persisted } from "./log-writer.ts";
import type { RaftLimits, RaftNodeOptions, RaftTiming } from "./raft-node-options.ts";
import { Snapshotter } from "./snapshotter.ts";
import { Ticker } from "./ticker.ts";

/** What becomes of what was asked of the core. */
interface CoreDriverEvents {
  readonly onConfirmedRead: (read: ConfirmedRead) => void;
  /** The state machine stands for the log up to `index`. */
  readonly onApplied: (index: LogIndex) => void;
  readonly onRoleChanged: () => void;
  /** All that the core decided until now is under way. */
  readonly onPumped: () => void;
  /** Nothing is written or applied any more. */
  readonly onFailed: (error: unknown) => void;
}

interface CoreDriverOptions extends Omit<RaftNodeOptions, "limits" | "timing"> {
  readonly core: RaftCore;
  readonly limits: RaftLimits;
  readonly timing: RaftTiming;
  readonly events: CoreDriverEvents;
}

/** How callers of this node reach its core. */
export type CoreAccess = Pick<CoreDriver, "ask">;

/** Carries a core's effects out, and tells it what came of them, what others say and what time it is. */
export class CoreDriver {
  readonly #options: CoreDriverOptions;
  readonly #core: RaftCore;
  readonly #writer: LogWriter;
  readonly #applier: Applier;
  readonly #snapshotter: Snapshotter;
  readonly #transfers: LogTransfers;
  readonly #ticker: Ticker;
  #campaignTimer: Timer | undefined;
  #isPumpDue = false;
  /** Neither ticks nor messages count any more. */
  #isDeaf = false;
  /** The core may be in any state: nothing that it says counts any more. */
  #hasFailed = false;

  constructor(options: CoreDriverOptions) {
    const { core, limits, timing, storage, stateMachine, runtime } = options;
    const { logger } = runtime;
    const onFailed = (error: unknown): void => this.#fail(error);
    this.#options = options;
    this.#core = core;
    this.#writer = new LogWriter(storage, (persisted) => this.#onPersisted(persisted), onFailed);
    this.#applier = new Applier(core.commitIndex, {
      storage,
      stateMachine,
      executor: runtime.executor,
      recent: core,
      applyBytesMax: limits.applyBytesMax,
      onApplied: (entries) => this.#onApplied(entries),
      onRestored: () => options.events.onApplied(this.#applier.appliedIndex),
      onFailed,
    });
    this.#snapshotter = new Snapshotter({
      storage,
      stateMachine,
      writer: this.#writer,
      snapshotEveryBytes: limits.snapshotEveryBytes,
      logger,
      onCompacted: (firstIndex) => this.#step({ type: "compacted", firstIndex }),
    });
    this.#transfers = new LogTransfers({
      core,
      storage,
      writer: this.#writer,
      applier: this.#applier,
      snapshotPieceBytes: limits.snapshotPieceBytes,
      logger,
      step: (input) => this.#step(input),
      pump: () => this.#orFail(() => this.#pump()),
      onFailed,
    });
    this.#ticker = new Ticker(runtime.clocks.liveness, timing.tickMs, () => this.#hear({ type: "tick" }));
  }

  get appliedIndex(): LogIndex {
    return this.#applier.appliedIndex;
  }

  start(): void {
    this.#options.transport?.start({
      receive: (message) => this.#hear({ type: "message", message }),
      onRefused: (leader) => this.#hear({ type: "leaderRefused", leader }),
    });
    this.#orFail(() => this.#pump());
  }

  /**
   * For a caller who waits for the answer; what follows from it is carried out soon. What the core throws is a bug of
   * ours also when it is met in a caller's turn: the node ends, and the caller hears `STOPPED` with the bug as its cause.
   */
  ask<T>(question: (core: RaftCore) => T): T {
    try {
      const answer = question(this.#core);
      this.#pumpSoon();
      return answer;
    } catch (error) {
      this.#fail(error);
      throw new RaftError("STOPPED", { cause: error });
    }
  }

  /** What is proposed and heard in one go is answered in one go. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      if (this.#isPumpDue) this.#orFail(() => this.#pump());
    });
  }

  /** Hears nothing more; writes and applies what was taken. */
  async drain(): Promise<void> {
    this.#goDeaf();
    // Each may give the others work: a write commits, an apply makes a snapshot, that one compacts the log.
    for (let round = 0; round < 2; round++) {
      this.#orFail(() => this.#pump());
      await this.#writer.idle();
      this.#orFail(() => this.#pump());
      await this.#applier.idle();
      await this.#snapshotter.idle();
    }
    await this.#writer.idle();
  }

  /** Once it is drained. */
  async close(): Promise<void> {
    await this.#options.transport?.close();
    await this.#transfers.close();
    await this.#options.storage.close();
  }

  /** What comes from outside. */
  #hear(input: Input): void {
    if (!this.#isDeaf) this.#step(input);
  }

  #step(input: Input): void {
    this.#orFail(() => {
      this.#core.step(input);
      this.#pumpSoon();
    });
  }

  #pump(): void {
    this.#isPumpDue = false;
    const { transport, events } = this.#options;
    const effects = this.#core.takeEffects();
    if (effects.members !== undefined) transport?.setMembers(effects.members);
    if (effects.persist !== undefined) this.#writer.write(effects.persist);
    if (effects.sendNow.length > 0) transport?.send(effects.sendNow);
    for (const { endpoints, message } of effects.contacts) transport?.contact(endpoints, message);
    this.#transfers.carryOut(effects);
    for (const read of effects.confirmedReads) events.onConfirmedRead(read);
    if (effects.restore !== undefined) this.#applier.restore(effects.restore);
    if (effects.applyThrough !== undefined) this.#applier.commitTo(effects.applyThrough);
    if (effects.campaignAfter !== undefined) this.#campaignAfter(effects.campaignAfter);
    if (effects.roleChanged) events.onRoleChanged();
    events.onPumped();
    if (!this.#isDeaf) this.#ticker.run(this.#core.needsTicks);
  }

  #campaignAfter({ delayMs, term }: NonNullable<Effects["campaignAfter"]>): void {
    this.#campaignTimer?.cancel();
    this.#campaignTimer = this.#options.runtime.clocks.liveness.setTimer(delayMs, () => {
      this.#hear({ type: "campaignNow", term });
    });
  }

  #onPersisted({ thenSend, ...written }: Persisted): void {
    if (thenSend.length > 0) this.#options.transport?.send(thenSend);
    this.#step({ type: "persisted", ...written });
  }

  #onApplied(entries: readonly Entry[]): void {
    const index = this.#applier.appliedIndex;
    this.#options.events.onApplied(index);
    // A snapshot that is about to be restored may have taken the place of these.
    if (this.#core.termAt(index) !== undefined) {
      this.#snapshotter.applied(entries, () => this.#core.snapshotId(index));
    }
    this.#core.applied(index);
  }

  /** What a core or a listener of ours throws is a bug, whoever's call it came up in. */
  #orFail(action: () => void): void {
    if (this.#hasFailed) return;
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Nothing may be written or applied any more; the runtime ends the node. */
  #fail(error: unknown): void {
    this.#hasFailed = true;
    this.#goDeaf();
    this.#applier.stop();
    this.#options.events.onFailed(error);
    this.#options.runtime.fail(error);
  }

  #goDeaf(): void {
    this.#isDeaf = true;
    this.#ticker.stop();
    this.#campaignTimer?.cancel();
  }
}
