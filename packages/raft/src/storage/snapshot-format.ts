import { crc32c } from "@node-rs/crc32";
import type { SnapshotId } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import { decodeVoters, encodeVoters } from "../voters.ts";
import { readSafeInteger, writeSafeInteger } from "./safe-integer.ts";
import { padded } from "./storage-names.ts";

/*
 * Header: magic u32, version u16, u16 zero, index u64, term u64, length of the voter set u32, crc32c u32 of all that,
 * then the voter set (its own crc32c u32 in front). Then a frame a chunk: length u32, crc32c u32, bytes. Then a frame
 * of length 0, whose crc is the number of chunks: a file without it is not whole.
 */
const magic = 0x4d52_534e; // "MRSN"
const version = 1;
export const snapshotHeaderBytes = 32;
const headerCrcAt = 28;
export const chunkHeaderBytes = 8;

export interface SnapshotHeader {
  readonly index: number;
  readonly term: number;
  /** Of the voter set behind the header, with its checksum. */
  readonly votersBytes: number;
}

export function snapshotName({ index, term }: { readonly index: number; readonly term: number }): string {
  return `${padded(index)}-${padded(term)}.snapshot`;
}

export function isSnapshotName(name: string): boolean {
  return /^\d{20}-\d{20}\.snapshot$/.test(name);
}

/** All that comes before the chunks. */
export function encodeSnapshotHeader({
  index,
  term,
  voters,
}: SnapshotId): readonly [Buffer, Buffer, Uint8Array] {
  const payload = voters === undefined ? new Uint8Array(0) : encodeVoters(voters);
  const header = Buffer.alloc(snapshotHeaderBytes);
  header.writeUInt32BE(magic, 0);
  header.writeUInt16BE(version, 4);
  writeSafeInteger(header, index, 8);
  writeSafeInteger(header, term, 16);
  header.writeUInt32BE(payload.length, 24);
  header.writeUInt32BE(crc32c(header.subarray(0, headerCrcAt)), headerCrcAt);
  const payloadCrc = Buffer.alloc(4);
  payloadCrc.writeUInt32BE(crc32c(payload));
  return [header, payloadCrc, payload];
}

export function encodeChunkHeader(length: number, crc: number): Buffer {
  const header = Buffer.alloc(chunkHeaderBytes);
  header.writeUInt32BE(length, 0);
  header.writeUInt32BE(crc, 4);
  return header;
}

export function decodeSnapshotHeader(header: Buffer, file: string): SnapshotHeader {
  const crc = header.readUInt32BE(headerCrcAt);
  if (header.readUInt32BE(0) !== magic || crc32c(header.subarray(0, headerCrcAt)) !== crc) {
    throw damagedSnapshot(file, 0);
  }
  if (header.readUInt16BE(4) > version) {
    throw new RaftStorageError("VERSION", file, 4, "written by a newer release");
  }
  return {
    index: readSafeInteger(header, 8),
    term: readSafeInteger(header, 16),
    votersBytes: 4 + header.readUInt32BE(24),
  };
}

/** `bytes` are the voter set with its checksum, as they follow `header`. */
export function decodeSnapshotId({ index, term }: SnapshotHeader, bytes: Buffer, file: string): SnapshotId {
  const payload = bytes.subarray(4);
  if (crc32c(payload) !== bytes.readUInt32BE(0)) throw damagedSnapshot(file, snapshotHeaderBytes);
  return { index, term, voters: payload.length === 0 ? undefined : decodeVoters(payload) };
}

/** `position` is where the damaged part begins. */
export function damagedSnapshot(file: string, position: number): RaftStorageError {
  return new RaftStorageError("CORRUPT", file, position, "damaged snapshot");
}
