import { assert } from "@millrace/runtime";
import type { ReadLimit } from "./partition-log.ts";
import type { Offset } from "./units.ts";

/** The offsets that say who may see what. `checkInvariants` holds after every change. */
export class Watermarks {
  logStartOffset: number;
  lastStableOffset: number;
  highWatermark: number;
  logEndOffset: number;
  nextOffset: number;

  constructor(start: { logStartOffset: number; highWatermark: number; nextOffset: number }) {
    this.nextOffset = start.nextOffset;
    this.logEndOffset = start.nextOffset;
    this.logStartOffset = Math.min(start.logStartOffset, start.nextOffset);
    this.highWatermark = clamp(start.highWatermark, this.logStartOffset, start.nextOffset);
    this.lastStableOffset = this.highWatermark;
  }

  limit(upTo: ReadLimit): number {
    if (upTo === "logEnd") return this.logEndOffset;
    return upTo === "highWatermark" ? this.highWatermark : this.lastStableOffset;
  }

  /** From the first offset that an open transaction holds back. True when it moved. */
  settle(firstUnstableOffset: number | undefined): boolean {
    const before = this.lastStableOffset;
    const stable = Math.min(this.highWatermark, firstUnstableOffset ?? this.highWatermark);
    this.lastStableOffset = Math.max(stable, this.logStartOffset);
    this.checkInvariants();
    return this.lastStableOffset !== before;
  }

  /** The log ends earlier now. */
  truncate(nextOffset: number): void {
    this.nextOffset = nextOffset;
    this.logEndOffset = nextOffset;
    this.highWatermark = Math.min(this.highWatermark, nextOffset);
    this.logStartOffset = Math.min(this.logStartOffset, nextOffset);
    this.lastStableOffset = Math.min(this.lastStableOffset, nextOffset);
  }

  /** The log is empty and goes on at `at`. */
  restart(at: Offset): void {
    this.logStartOffset = at;
    this.lastStableOffset = at;
    this.highWatermark = at;
    this.logEndOffset = at;
    this.nextOffset = at;
  }

  checkInvariants(): void {
    assert(this.logStartOffset <= this.lastStableOffset, "log start above last stable offset");
    assert(this.lastStableOffset <= this.highWatermark, "last stable offset above high watermark");
    assert(this.highWatermark <= this.logEndOffset, "high watermark above log end");
    assert(this.logEndOffset <= this.nextOffset, "log end above next offset");
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}
