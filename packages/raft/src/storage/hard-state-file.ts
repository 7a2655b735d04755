import type { Disk } from "@millrace/runtime";
import { crc32c } from "@node-rs/crc32";
import type { HardState } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import { readSafeInteger, writeSafeInteger } from "./safe-integer.ts";

const magic = 0x4d52_4853; // "MRHS"
const version = 1;
const sizeBytes = 28;
const crcAt = 24;

/** Term and vote: replaced as a whole, so that a crash leaves the old or the new one. */
export async function writeHardState(disk: Disk, path: string, { term, votedFor }: HardState): Promise<void> {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt16BE(version, 4);
  bytes.writeUInt16BE(votedFor === undefined ? 0 : 1, 6);
  writeSafeInteger(bytes, term, 8);
  writeSafeInteger(bytes, votedFor ?? 0, 16);
  bytes.writeUInt32BE(crc32c(bytes.subarray(0, crcAt)), crcAt);
  await disk.replaceFile(path, bytes);
}

/** Undefined when there is none. */
export async function readHardState(disk: Disk, path: string): Promise<HardState | undefined> {
  const bytes = await disk.readFile(path);
  if (bytes === undefined) return undefined;
  const isWhole = bytes.length === sizeBytes && bytes.readUInt32BE(0) === magic;
  if (!isWhole || crc32c(bytes.subarray(0, crcAt)) !== bytes.readUInt32BE(crcAt)) {
    throw new RaftStorageError("CORRUPT", path, 0, "damaged term and vote");
  }
  if (bytes.readUInt16BE(4) > version) {
    throw new RaftStorageError("VERSION", path, 4, "written by a newer release");
  }
  const votedFor = bytes.readUInt16BE(6) === 0 ? undefined : readSafeInteger(bytes, 16);
  return { term: readSafeInteger(bytes, 8), votedFor };
}
