import { crc32c } from "@node-rs/crc32";
import type { LogIndex } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import { readSafeInteger, writeSafeInteger } from "./safe-integer.ts";

const magic = 0x4d52_4654; // "MRFT"
const version = 1;
const baseIndexAt = 8;
const crcAt = 16;

/** Magic, version, two bytes of zeros, index of the first entry, crc32c of all that. */
export const segmentHeaderBytes = 20;

export function encodeSegmentHeader(baseIndex: LogIndex): Buffer {
  const header = Buffer.alloc(segmentHeaderBytes);
  header.writeUInt32BE(magic, 0);
  header.writeUInt16BE(version, 4);
  writeSafeInteger(header, baseIndex, baseIndexAt);
  header.writeUInt32BE(crc32c(header.subarray(0, crcAt)), crcAt);
  return header;
}

/** Whether all of a header is there, undamaged. */
export function hasSegmentHeader(bytes: Buffer): boolean {
  return bytes.length >= segmentHeaderBytes && bytes.readUInt32BE(crcAt) === crc32c(bytes.subarray(0, crcAt));
}

/** Refuses a header that is damaged, of a newer format, or not that of the file's name. */
export function checkSegmentHeader(bytes: Buffer, file: string, baseIndex: LogIndex): void {
  if (!hasSegmentHeader(bytes)) {
    throw new RaftStorageError("CORRUPT", file, 0, "damaged segment header");
  }
  if (bytes.readUInt32BE(0) !== magic) throw new RaftStorageError("CORRUPT", file, 0, "not a raft segment");
  if (bytes.readUInt16BE(4) > version)
    throw new RaftStorageError("VERSION", file, 4, "written by a newer release");
  if (readSafeInteger(bytes, baseIndexAt) !== baseIndex) {
    throw new RaftStorageError("CORRUPT", file, baseIndexAt, "header and name disagree on the first index");
  }
}
