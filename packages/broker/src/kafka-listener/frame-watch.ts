import type { HalfFrame } from "./half-frame.ts";

/** The part of itself that a frame has to gain in every window: so it arrives within so many windows, or never. */
const PART_MIN = 1 / 32;

/**
 * Whether a frame arrives fast enough. A byte now and then does not count as progress: its memory would be lent for as
 * long as its sender likes.
 */
export class FrameWatch {
  /** When reading stopped last, or went on. */
  #changedMs: number;
  #reading = true;
  /** For how long the socket had been read before that: while it is not, nothing can arrive. */
  #readMs = 0;
  #frame: HalfFrame | undefined;
  #windowStartMs = 0;
  #sizeBefore = 0;

  constructor(nowMs: number) {
    this.#changedMs = nowMs;
  }

  /** 0 while it is read. */
  unreadMs(nowMs: number): number {
    return this.#reading ? 0 : nowMs - this.#changedMs;
  }

  /** The socket is read from now on, or no longer. */
  readingChanged(reading: boolean, nowMs: number): void {
    this.#readMs = this.#readMsAt(nowMs);
    this.#reading = reading;
    this.#changedMs = nowMs;
  }

  isTooSlow(frame: HalfFrame | undefined, nowMs: number, windowMs: number): boolean {
    const readMs = this.#readMsAt(nowMs);
    if (frame === undefined || frame !== this.#frame) {
      this.#begin(frame, readMs);
      return false;
    }
    if (readMs - this.#windowStartMs < windowMs) return false;
    if (frame.size - this.#sizeBefore < frame.frameBytes * PART_MIN) return true;
    this.#begin(frame, readMs);
    return false;
  }

  #readMsAt(nowMs: number): number {
    return this.#reading ? this.#readMs + nowMs - this.#changedMs : this.#readMs;
  }

  #begin(frame: HalfFrame | undefined, readMs: number): void {
    this.#frame = frame;
    this.#windowStartMs = readMs;
    this.#sizeBefore = frame?.size ?? 0;
  }
}
