import {
  BatchField,
  baseOffset,
  isCrcValid,
  lastOffset,
  magic,
  RECORD_BATCH_MAGIC,
  RECORD_BATCH_OVERHEAD,
  sizeInBytes,
} from "@millrace/kafka-protocol";
import type { DiskFile } from "@millrace/runtime";

/** How much one read of a scan takes: large enough that the calls do not count. */
export const SCAN_WINDOW_BYTES = 1_048_576;

export interface ScanOptions {
  readonly file: DiskFile;
  /** Where a batch begins. */
  readonly position: number;
  /** Exclusive: how far the file counts. */
  readonly end: number;
  /** No batch may begin at a lower offset. */
  readonly minOffset: number;
  /** Checksums of batches that reach this offset are checked. */
  readonly verifyCrcFrom: number;
}

/** Answers false to stop before this batch. The buffer is reused: nothing of it may be kept. */
export type BatchVisitor = (
  buffer: Buffer,
  at: number,
  size: number,
  position: number,
) => boolean | undefined;

export interface ScanResult {
  /** Where the visitor stopped, or where whole, sound batches end. */
  readonly position: number;
  /** One above the last offset seen; `minOffset` when there was none. */
  readonly nextOffset: number;
  readonly end: "complete" | "stopped" | "unsound";
}

/** Walks over the batches of a segment in large reads. */
export async function scanBatches(options: ScanOptions, visit: BatchVisitor): Promise<ScanResult> {
  const { file, end, verifyCrcFrom } = options;
  let { position, minOffset: nextOffset } = options;
  let window = Buffer.allocUnsafeSlow(
    Math.max(RECORD_BATCH_OVERHEAD, Math.min(SCAN_WINDOW_BYTES, end - position)),
  );
  while (position < end) {
    const wanted = Math.min(window.length, end - position);
    const read = file.read(window.subarray(0, wanted), position);
    const length = typeof read === "number" ? read : await read;
    let at = 0;
    while (length - at >= RECORD_BATCH_OVERHEAD) {
      if (!isHeaderSound(window, at, nextOffset, end - position - at)) break;
      const size = sizeInBytes(window, at);
      if (size > length - at) break;
      if (lastOffset(window, at) >= verifyCrcFrom && !isCrcValid(window, at)) {
        return { position: position + at, nextOffset, end: "unsound" };
      }
      if (visit(window, at, size, position + at) === false) {
        return { position: position + at, nextOffset, end: "stopped" };
      }
      nextOffset = lastOffset(window, at) + 1;
      at += size;
    }
    position += at;
    if (at > 0 || position === end) continue;
    // Not even one batch: it is larger than the window, or none.
    const fits = length >= RECORD_BATCH_OVERHEAD && isHeaderSound(window, 0, nextOffset, end - position);
    if (!fits || window.length >= sizeInBytes(window, 0)) return { position, nextOffset, end: "unsound" };
    window = Buffer.allocUnsafeSlow(sizeInBytes(window, 0));
  }
  return { position, nextOffset, end: "complete" };
}

/** Whether a header that was read back can be a batch of this log, which goes on at `minOffset` or later. */
export function isHeaderSound(buffer: Buffer, at: number, minOffset: number, bytesLeft: number): boolean {
  if (magic(buffer, at) !== RECORD_BATCH_MAGIC) return false;
  const size = sizeInBytes(buffer, at);
  if (size < RECORD_BATCH_OVERHEAD || size > bytesLeft) return false;
  const high = buffer.readInt32BE(at + BatchField.baseOffset);
  if (high < 0 || high >= 2 ** 21) return false; // beyond 2^53
  return baseOffset(buffer, at) >= minOffset && buffer.readInt32BE(at + BatchField.lastOffsetDelta) >= 0;
}
