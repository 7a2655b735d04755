import {
  BatchField,
  baseOffset,
  isCrcValid,
  RECORD_BATCH_OVERHEAD,
  sizeInBytes,
} from "@millrace/kafka-protocol";
import type { DiskFile } from "@millrace/runtime";
import { isHeaderSound, SCAN_WINDOW_BYTES } from "../segments/batch-scan.ts";

/** No single segment holds more offsets than this. */
const OFFSETS_AHEAD_MAX = 2 ** 31;

/**
 * The first position from `position` on where a whole batch with a good checksum begins, of `minOffset` or a later
 * offset; undefined when there is none up to `end`. Looks at every byte, so it is for damaged files only.
 */
export async function findSoundBatch(
  file: DiskFile,
  { position, end, minOffset }: { position: number; end: number; minOffset: number },
): Promise<number | undefined> {
  const window = Buffer.allocUnsafeSlow(SCAN_WINDOW_BYTES);
  let start = position;
  while (end - start >= RECORD_BATCH_OVERHEAD) {
    const length = await file.read(window.subarray(0, Math.min(window.length, end - start)), start);
    const last = length - RECORD_BATCH_OVERHEAD;
    if (last < 0) return undefined;
    for (let at = 0; at <= last; at++) {
      if (window[at + BatchField.magic] !== 2 || !isHeaderSound(window, at, minOffset, end - start - at))
        continue;
      if (baseOffset(window, at) - minOffset > OFFSETS_AHEAD_MAX) continue;
      if (await hasGoodCrc(file, start + at, sizeInBytes(window, at))) return start + at;
    }
    start += last + 1;
  }
  return undefined;
}

async function hasGoodCrc(file: DiskFile, position: number, size: number): Promise<boolean> {
  const batch = Buffer.allocUnsafeSlow(size);
  return (await file.read(batch, position)) === size && isCrcValid(batch, 0);
}

const SECTOR_BYTES = 512;

/**
 * Whether a sector between two positions holds nothing but zeros: how a file looks where the kernel had made room for
 * bytes that never reached the disk.
 */
export async function hasLostSector(file: DiskFile, position: number, end: number): Promise<boolean> {
  const window = Buffer.allocUnsafeSlow(SCAN_WINDOW_BYTES);
  let start = position - (position % SECTOR_BYTES);
  while (start < end) {
    const length = await file.read(window.subarray(0, Math.min(window.length, end - start)), start);
    if (length === 0) return false;
    for (let at = Math.max(0, position - start); at < length; ) {
      const sectorEnd = Math.min(length, at - (at % SECTOR_BYTES) + SECTOR_BYTES);
      if (sectorEnd - at >= SECTOR_BYTES / 2 && isZero(window.subarray(at, sectorEnd))) return true;
      at = sectorEnd;
    }
    start += length;
  }
  return false;
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
