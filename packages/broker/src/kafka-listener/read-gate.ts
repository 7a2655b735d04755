import type { ByteBudget } from "@millrace/runtime";

/** A connection as far as the gate is concerned. */
export interface GatedReader {
  /** Whether a frame has begun to arrive. */
  readonly midFrame: boolean;
  /** Looks at `gate.mayRead(this)` again. */
  gateChanged(): void;
}

/** The part of the limit that has to be free before reading goes on, so that the gate does not flutter. */
const REOPEN_FRACTION = 1 / 8;

/**
 * Stops all sockets of a process while the byte budget is used up. One connection in the middle of a frame may go on
 * reading, else half-frames could hold the whole budget for ever; when it closes or its frame is complete, the next
 * one may.
 */
export class ReadGate {
  readonly #budget: ByteBudget;
  readonly #readers = new Set<GatedReader>();
  #open = true;
  #finisher: GatedReader | undefined;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  add(reader: GatedReader): void {
    this.#readers.add(reader);
  }

  delete(reader: GatedReader): void {
    this.#readers.delete(reader);
    if (this.#finisher === reader) this.#chooseFinisher();
  }

  mayRead(reader: GatedReader): boolean {
    return this.#open || this.#finisher === reader;
  }

  /** After bytes were taken or a frame was completed. */
  check(reader: GatedReader): void {
    if (this.#open) {
      if (this.#budget.usedBytes > this.#budget.limitBytes) this.#close();
    } else if (this.#finisher === reader && !reader.midFrame) {
      this.#chooseFinisher();
    }
  }

  #close(): void {
    this.#open = false;
    const reopenBytes = Math.floor(this.#budget.limitBytes * REOPEN_FRACTION);
    this.#chooseFinisher();
    this.#budget.whenRoom(reopenBytes, () => {
      this.#open = true;
      this.#finisher = undefined;
      this.#budget.give(reopenBytes);
      this.#tellAll();
    });
    if (!this.#open) this.#tellAll();
  }

  #chooseFinisher(): void {
    this.#finisher = undefined;
    if (this.#open) return;
    for (const reader of this.#readers) {
      if (!reader.midFrame) continue;
      // To the end of the line, so that the next choice is another one.
      this.#readers.delete(reader);
      this.#readers.add(reader);
      this.#finisher = reader;
      reader.gateChanged();
      return;
    }
  }

  #tellAll(): void {
    for (const reader of [...this.#readers]) reader.gateChanged();
  }
}
