/** What it keeps at most. */
const keptBytesMax = 1024 * 1024;

/** One buffer that is filled again and again, so that writing leaves nothing to the garbage collector. */
export class ScratchBuffer {
  #kept = Buffer.alloc(0);

  /** `sizeBytes` of whatever stood there, good until the next call. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes > keptBytesMax) return Buffer.allocUnsafe(sizeBytes);
    if (sizeBytes > this.#kept.length) {
      this.#kept = Buffer.allocUnsafeSlow(Math.min(keptBytesMax, 2 * sizeBytes));
    }
    return this.#kept.subarray(0, sizeBytes);
  }
}
