import type { HalfFrame } from "./half-frame.ts";

/** The part of itself that a frame has to gain in every window: so it arrives within so many windows, or never. */
const PART_MIN = 1 / 32;

/**
 * Whether a frame arrives fast enough. A byte now and then does not count as progress: its memory would be lent for as
 * long as its sender likes.
 */
export class FrameWatch {
  #frame: HalfFrame | undefined;
  #windowStartMs = 0;
  #sizeBefore = 0;

  /** `readMs`: for how long the connection has been read altogether; while it is not, nothing can arrive. */
  isTooSlow(frame: HalfFrame | undefined, readMs: number, windowMs: number): boolean {
    if (frame === undefined || frame !== this.#frame) {
      this.#begin(frame, readMs);
      return false;
    }
    if (readMs - this.#windowStartMs < windowMs) return false;
    if (frame.size - this.#sizeBefore < frame.frameBytes * PART_MIN) return true;
    this.#begin(frame, readMs);
    return false;
  }

  #begin(frame: HalfFrame | undefined, readMs: number): void {
    this.#frame = frame;
    this.#windowStartMs = readMs;
    this.#sizeBefore = frame?.size ?? 0;
  }
}
