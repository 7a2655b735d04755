import type { Disk, DiskFile } from "@millrace/runtime";
import { crc32c } from "@node-rs/crc32";
import type { SnapshotId } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import { decodeVoters, encodeVoters } from "../voters.ts";
import { readSafeInteger, writeSafeInteger } from "./safe-integer.ts";

/*
 * Header: magic u32, version u16, u16 zero, index u64, term u64, length of the voter set u32, crc32c u32 of all that,
 * then the voter set (its own crc32c u32 in front). Then a frame a chunk: length u32, crc32c u32, bytes. Then a frame
 * of length 0, whose crc is the number of chunks: a file without it is not whole.
 */
const magic = 0x4d52_534e; // "MRSN"
const version = 1;
const headerBytes = 32;
const headerCrcAt = 28;
const frameHeaderBytes = 8;

export function snapshotName({ index, term }: { readonly index: number; readonly term: number }): string {
  return `${String(index).padStart(20, "0")}-${String(term).padStart(20, "0")}.snapshot`;
}

export function isSnapshotName(name: string): boolean {
  return /^\d{20}-\d{20}\.snapshot$/.test(name);
}

/** Writes and syncs the file; it is whole or this throws. Empty chunks are left out. */
export async function writeSnapshotFile(
  disk: Disk,
  path: string,
  id: SnapshotId,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await disk.open(path, { mode: "write", diskClass: "bulk" });
  try {
    await file.truncate(0);
    let at = 0;
    const write = async (...buffers: Uint8Array[]): Promise<void> => {
      await file.write(buffers, at);
      for (const buffer of buffers) at += buffer.length;
    };
    await write(...encodeHeader(id));
    let count = 0;
    for await (const chunk of chunks) {
      if (chunk.length === 0) continue;
      await write(frameHeader(chunk.length, crc32c(chunk)), chunk);
      count++;
    }
    await write(frameHeader(0, count));
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function readSnapshotId(disk: Disk, path: string): Promise<SnapshotId> {
  const file = await disk.open(path, { mode: "read", diskClass: "bulk" });
  try {
    return (await readHeader(file)).id;
  } finally {
    await file.close();
  }
}

/** Checks each chunk before it hands it out, and at the end that none is missing. Closes the file when left. */
export async function* readSnapshotChunks(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  const file = await disk.open(path, { mode: "read", diskClass: "bulk" });
  try {
    let { at } = await readHeader(file);
    const size = await file.size();
    for (let count = 0; ; count++) {
      const header = await readExactly(file, frameHeaderBytes, at);
      const length = header.readUInt32BE(0);
      const crc = header.readUInt32BE(4);
      if (length === 0) {
        if (crc !== count) throw damaged(file, at);
        return;
      }
      if (at + frameHeaderBytes + length > size) throw damaged(file, at);
      const chunk = await readExactly(file, length, at + frameHeaderBytes);
      if (crc32c(chunk) !== crc) throw damaged(file, at);
      yield chunk;
      at += frameHeaderBytes + length;
    }
  } finally {
    await file.close();
  }
}

function encodeHeader({ index, term, voters }: SnapshotId): readonly [Buffer, Buffer, Uint8Array] {
  const payload = voters === undefined ? new Uint8Array(0) : encodeVoters(voters);
  const header = Buffer.alloc(headerBytes);
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

async function readHeader(file: DiskFile): Promise<{ readonly id: SnapshotId; readonly at: number }> {
  const header = await readExactly(file, headerBytes, 0);
  const crc = header.readUInt32BE(headerCrcAt);
  if (header.readUInt32BE(0) !== magic || crc32c(header.subarray(0, headerCrcAt)) !== crc) {
    throw damaged(file, 0);
  }
  if (header.readUInt16BE(4) > version) {
    throw new RaftStorageError("VERSION", file.path, 4, "written by a newer release");
  }
  const length = header.readUInt32BE(24);
  const payload = await readExactly(file, 4 + length, headerBytes);
  if (crc32c(payload.subarray(4)) !== payload.readUInt32BE(0)) throw damaged(file, headerBytes);
  const voters = length === 0 ? undefined : decodeVoters(payload.subarray(4));
  const id = { index: readSafeInteger(header, 8), term: readSafeInteger(header, 16), voters };
  return { id, at: headerBytes + 4 + length };
}

async function readExactly(file: DiskFile, length: number, at: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  if ((await file.read(bytes, at)) < length) throw damaged(file, at);
  return bytes;
}

function frameHeader(length: number, crc: number): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32BE(length, 0);
  header.writeUInt32BE(crc, 4);
  return header;
}

function damaged(file: DiskFile, at: number): RaftStorageError {
  return new RaftStorageError("CORRUPT", file.path, at, "damaged snapshot");
}
