import { crc32c } from "@node-rs/crc32";
import type { Entry, EntryKind, LogIndex } from "../entry.ts";
import { readSafeInteger, writeSafeInteger } from "./safe-integer.ts";
import type { ScratchBuffer } from "./scratch-buffer.ts";

/*
 * An entry on disk, big-endian:
 *
 *   0  crc32c   u32  of everything after it
 *   4  length   u32  of the payload
 *   8  index    u64
 *  16  term     u64
 *  24  inGroup  u32  entries before this one in the group that was written, and synced, with it
 *  28  kind     u8
 *  29  payload
 */
const lengthAt = 4;
const indexAt = 8;
const termAt = 16;
const inGroupAt = 24;
const kindAt = 28;
export const frameHeaderBytes = 29;

const kinds: readonly EntryKind[] = ["data", "noop", "voters"];

export interface Frame {
  readonly entry: Entry;
  /** The first entry of its group: when it was written, everything before that had been synced. */
  readonly groupStart: LogIndex;
  readonly sizeBytes: number;
}

/** The frames of a group in one buffer, and where each begins in it. The bytes are good until `scratch` is taken again. */
export function encodeGroup(
  entries: readonly Entry[],
  scratch: ScratchBuffer,
): { bytes: Buffer; positions: number[] } {
  const size = entries.reduce((sum, entry) => sum + frameHeaderBytes + entry.payload.length, 0);
  const bytes = scratch.take(size);
  const positions: number[] = [];
  let at = 0;
  for (const [inGroup, { index, term, kind, payload }] of entries.entries()) {
    const end = at + frameHeaderBytes + payload.length;
    positions.push(at);
    bytes.writeUInt32BE(payload.length, at + lengthAt);
    writeSafeInteger(bytes, index, at + indexAt);
    writeSafeInteger(bytes, term, at + termAt);
    bytes.writeUInt32BE(inGroup, at + inGroupAt);
    bytes[at + kindAt] = kinds.indexOf(kind);
    bytes.set(payload, at + frameHeaderBytes);
    bytes.writeUInt32BE(crc32c(bytes.subarray(at + lengthAt, end)), at);
    at = end;
  }
  return { bytes, positions };
}

/** The frame at `at`, its payload a view; undefined when there is no whole and undamaged one. */
export function decodeFrame(bytes: Buffer, at: number): Frame | undefined {
  if (at + frameHeaderBytes > bytes.length) return undefined;
  const end = at + frameHeaderBytes + bytes.readUInt32BE(at + lengthAt);
  const kind = kinds[bytes[at + kindAt]!];
  if (end > bytes.length || kind === undefined) return undefined;
  if (crc32c(bytes.subarray(at + lengthAt, end)) !== bytes.readUInt32BE(at)) return undefined;
  const index = readSafeInteger(bytes, at + indexAt);
  const term = readSafeInteger(bytes, at + termAt);
  const payload = bytes.subarray(at + frameHeaderBytes, end);
  return {
    entry: { index, term, kind, payload },
    groupStart: index - bytes.readUInt32BE(at + inGroupAt),
    sizeBytes: end - at,
  };
}

/**
 * Whether a whole frame of a group later than that of `index` begins anywhere from `from` on. Payloads are searched
 * too, since a damaged length leaves no other way; the index, which can only lie in a narrow range, keeps that cheap.
 */
export function hasLaterGroup(bytes: Buffer, from: number, index: LogIndex): boolean {
  const indexMax = index + Math.ceil((bytes.length - from) / frameHeaderBytes);
  for (let at = from; at + frameHeaderBytes <= bytes.length; at++) {
    const candidate = readSafeInteger(bytes, at + indexAt);
    if (candidate <= index || candidate > indexMax) continue;
    const frame = decodeFrame(bytes, at);
    if (frame !== undefined && frame.groupStart > index) return true;
  }
  return false;
}
