import {
  BatchField,
  baseOffset,
  isCrcValid,
  RECORD_BATCH_OVERHEAD,
  sizeInBytes,
} from "@millrace/kafka-protocol";
import type { DiskFile } from "@millrace/runtime";
import { writeInt64 } from "../int64.ts";
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
/** The end of a sector that a batch begins in: up to here it may hold no more than the high bytes of its offset. */
const OFFSET_BYTES = 8;
const LENGTH_END = 12;
/** A batch whose last record has no headers ends with a zero byte. */
const ZEROS_AT_END = 1;

/**
 * Whether some sector of [`position`, `end`), where the batch of `expectedOffset` should stand, holds nothing but zeros:
 * how a file looks where room was made for bytes that never reached the disk. Zeros that would be right there do not
 * count.
 */
export async function hasLostSector(
  file: DiskFile,
  { position, end, expectedOffset }: { position: number; end: number; expectedOffset: number },
): Promise<boolean> {
  const expected = Buffer.alloc(OFFSET_BYTES);
  writeInt64(expected, 0, expectedOffset);
  const sector = Buffer.alloc(SECTOR_BYTES);
  for (let at = position; at < end; ) {
    const sectorEnd = Math.min(end, at - (at % SECTOR_BYTES) + SECTOR_BYTES);
    const bytes = sector.subarray(0, sectorEnd - at);
    if ((await file.read(bytes, at)) < bytes.length) return false;
    const couldBeRight =
      at === position
        ? bytes.length < LENGTH_END && isZero(expected.subarray(0, bytes.length))
        : sectorEnd === end && bytes.length <= ZEROS_AT_END;
    if (isZero(bytes) && !couldBeRight) return true;
    at = sectorEnd;
  }
  return false;
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
