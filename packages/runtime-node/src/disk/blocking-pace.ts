const blockedMs = 2;
/** What copying to or from the page cache may take beyond that: 4 GB/s were measured, a quarter is granted. */
const bytesPerMs = 1024 * 1024;
const restMsMin = 20;
const restMsMax = 5_000;

/**
 * Whether a call may go to the disk from the event loop itself. To the page cache that is 10-30 % faster than
 * a round trip through libuv's threads; but as soon as one such call blocked for over 2 ms, calls go through the
 * threads for a while, and then one probes again. The while doubles with every probe that blocks: a call that was
 * merely preempted costs 20 ms of asynchronous calls, a disk that stays slow blocks a turn every 5 s.
 */
export class BlockingPace {
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #nextRestMs = restMsMin;

  mayBlock(nowMs: number): boolean {
    return nowMs >= this.#restUntilMs;
  }

  /** A call from the event loop of `bytes` bytes ended at `nowMs`, having taken `tookMs`. */
  took(bytes: number, tookMs: number, nowMs: number): void {
    if (tookMs <= blockedMs + bytes / bytesPerMs) {
      this.#nextRestMs = restMsMin;
      return;
    }
    this.#restUntilMs = nowMs + this.#nextRestMs;
    this.#nextRestMs = Math.min(restMsMax, this.#nextRestMs * 2);
  }
}
