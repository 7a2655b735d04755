import type { ByteBudget, Clock, Executor } from "@millrace/runtime";
import type { FrameMemory } from "./frame-memory.ts";
import { type HalfFrame, type HalfFrameReader, largestFirst, oldest, whoMayFinish } from "./half-frame.ts";
import { type ReadLimits, readLimits } from "./read-limits.ts";

/** A connection as far as the gate is concerned. */
export interface GatedReader extends HalfFrameReader {
  /** Looks at `gate.mayRead(this)` again. */
  gateChanged(): void;
  close(reason: string): void;
}

export interface ReadGateOptions {
  readonly budget: ByteBudget;
  readonly memory: FrameMemory;
  /** Liveness. */
  readonly clock: Clock;
  readonly executor: Pick<Executor, "afterTurn">;
}

/** How long small half-frames may fill all their memory before some are given up: they end soon if they are meant. */
const PATIENCE_MS = 500;

/** One such time. */
interface Packed {
  readonly sinceMs: number;
  /** What had arrived of those that have been read since. */
  readonly sizes: Map<HalfFrame, number>;
}

/**
 * Says which sockets are read, for the byte budget's sake.
 *
 * - While it is used up: only half-frames that there is room for, and the oldest one in any case, or they could hold the
 *   whole budget for ever.
 * - While half-frames are a crowd, likewise; but requests that arrive whole still do. At half of the budget, some of the
 *   crowd are given up.
 * - A frame that announces more than a quarter of it waits for the one before it.
 *
 * Sockets are stopped at once; who goes on is decided after the turn.
 */
export class ReadGate {
  readonly #options: ReadGateOptions;
  readonly #limits: ReadLimits;
  readonly #readers = new Set<GatedReader>();
  #short = false;
  #crowded = false;
  #packed: Packed | undefined;
  /** Who goes on all the same, while it is short or crowded. */
  #mayFinish = new Set<GatedReader>();
  /** Whose frame counts for less than it takes: one at a time. */
  #giant: GatedReader | undefined;
  #giantsWait = false;
  #reviewing = false;

  constructor(options: ReadGateOptions) {
    this.#options = options;
    this.#limits = readLimits(options.budget.limitBytes);
  }

  /** Not everybody may read: who does has to get on. */
  get othersWait(): boolean {
    return this.#isTight || this.#giantsWait;
  }

  get #isTight(): boolean {
    return this.#short || this.#crowded;
  }

  add(reader: GatedReader): void {
    this.#readers.add(reader);
  }

  delete(reader: GatedReader): void {
    this.#readers.delete(reader);
    this.#mayFinish.delete(reader);
    if (this.#giant === reader) this.#endGiant();
    else if (this.#isTight) this.#reviewSoon();
  }

  mayRead(reader: GatedReader): boolean {
    if (this.#short || this.#packed !== undefined) return this.#mayFinish.has(reader);
    return !this.holdsBack(reader);
  }

  /** It waits for other frames, and not for what requests wait for too. */
  holdsBack(reader: GatedReader): boolean {
    const { halfFrame } = reader;
    if (halfFrame === undefined) return false;
    if (this.#isGiant(halfFrame) && reader !== this.#giant) return true;
    return this.#crowded && !this.#mayFinish.has(reader);
  }

  /** After bytes were taken or a frame was completed. */
  check(reader: GatedReader): void {
    const { budget, memory } = this.#options;
    this.#checkGiant(reader);
    if (!this.#short && budget.usedBytes > budget.limitBytes) this.#runShort();
    if (memory.unfinishedBytes > this.#limits.crowdBytes) this.#crowd();
    if (this.#isTight) this.#reviewSoon();
  }

  #checkGiant(reader: GatedReader): void {
    const isGiant = this.#isGiant(reader.halfFrame);
    if (isGiant === (reader === this.#giant)) return;
    if (!isGiant) {
      this.#endGiant();
    } else if (this.#giant === undefined) {
      this.#giant = reader;
      reader.gateChanged();
    } else {
      this.#giantsWait = true;
    }
  }

  #endGiant(): void {
    this.#giant = undefined;
    this.#reviewSoon();
  }

  #runShort(): void {
    const { budget } = this.#options;
    const { reopenBytes } = this.#limits;
    this.#short = true;
    budget.whenRoom(reopenBytes, () => {
      this.#short = false;
      budget.give(reopenBytes);
      this.#tellAll();
    });
    if (this.#short) this.#tellAll();
  }

  #crowd(): void {
    const packs =
      this.#packed === undefined && this.#options.memory.unfinishedBytes > this.#limits.packedBytes;
    if (this.#crowded && !packs) return;
    this.#crowded = true;
    if (packs) this.#beginPatience();
    this.#tellAll();
  }

  #beginPatience(): void {
    const { clock } = this.#options;
    this.#packed = { sinceMs: clock.monotonicMs(), sizes: new Map() };
    clock.setTimer(PATIENCE_MS, () => this.#reviewSoon());
  }

  /** Many readers come and go in a turn: who goes on is decided once for all of them. */
  #reviewSoon(): void {
    if (this.#reviewing) return;
    this.#reviewing = true;
    this.#options.executor.afterTurn(() => {
      this.#reviewing = false;
      this.#review();
    });
  }

  #review(): void {
    const { budget, memory } = this.#options;
    if (this.#packed !== undefined) this.#giveUpSome(this.#packed);
    const readers = [...this.#readers];
    this.#giant ??= oldest(readers.filter(({ halfFrame }) => this.#isGiant(halfFrame)));
    const inTurn = readers.filter((reader) => reader === this.#giant || !this.#isGiant(reader.halfFrame));
    this.#giantsWait = inTurn.length < readers.length;
    const { unfinishedBytes } = memory;
    if (unfinishedBytes <= this.#limits.crowdBytes) this.#packed = undefined;
    if (unfinishedBytes <= this.#limits.crowdOverBytes) this.#crowded = false;
    const roomBytes = Math.min(
      this.#limits.packedBytes - unfinishedBytes,
      budget.limitBytes - budget.usedBytes,
    );
    this.#mayFinish = this.#isTight ? whoMayFinish(inTurn, roomBytes) : new Set();
    this.#noteSizes();
    this.#tellAll();
  }

  #noteSizes(): void {
    if (this.#packed === undefined) return;
    const { sizes } = this.#packed;
    for (const { halfFrame } of this.#mayFinish) {
      if (halfFrame !== undefined && !sizes.has(halfFrame)) sizes.set(halfFrame, halfFrame.size);
    }
  }

  /** Who was read all the while and sent nothing, and then others until the rest fits. */
  #giveUpSome({ sinceMs, sizes }: Packed): void {
    const { clock, memory } = this.#options;
    const isPatient = clock.monotonicMs() - sinceMs < PATIENCE_MS;
    for (const { reader, frame } of largestFirst(this.#readers)) {
      if (isPatient && frame.frameBytes <= this.#limits.largeBytes) return;
      const isStuck = !isPatient && sizes.get(frame) === frame.size;
      const isInTheWay = memory.unfinishedBytes > this.#limits.crowdBytes && !this.#mayFinish.has(reader);
      if (isStuck || isInTheWay) reader.close("no room for its frame beside those of others");
    }
    if (!isPatient) this.#beginPatience();
  }

  #tellAll(): void {
    for (const reader of this.#readers) reader.gateChanged();
  }

  #isGiant(frame: HalfFrame | undefined): boolean {
    return frame !== undefined && frame.frameBytes > this.#options.memory.countedBytesMax;
  }
}
