import type { Disk, DiskFile } from "@millrace/runtime";
import { crc32c } from "@node-rs/crc32";
import type { SnapshotId } from "../entry.ts";
import { SequentialReader } from "./sequential-reader.ts";
import { SequentialWriter } from "./sequential-writer.ts";
import {
  chunkHeaderBytes,
  damagedSnapshot,
  decodeSnapshotHeader,
  decodeSnapshotId,
  encodeChunkHeader,
  encodeSnapshotHeader,
  snapshotHeaderBytes,
} from "./snapshot-format.ts";

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
    const writer = new SequentialWriter(file);
    for (const part of encodeSnapshotHeader(id)) await writer.write(part);
    let count = 0;
    for await (const chunk of chunks) {
      if (chunk.length === 0) continue;
      await writer.write(encodeChunkHeader(chunk.length, crc32c(chunk)));
      await writer.write(chunk);
      count++;
    }
    await writer.write(encodeChunkHeader(0, count));
    await writer.finish();
  } finally {
    await file.close();
  }
}

export async function readSnapshotId(disk: Disk, path: string): Promise<SnapshotId> {
  const file = await disk.open(path, { mode: "read", diskClass: "bulk" });
  try {
    return await readSnapshotIdOf(file);
  } finally {
    await file.close();
  }
}

export async function readSnapshotIdOf(file: DiskFile): Promise<SnapshotId> {
  return readHeader(await SequentialReader.open(file), file.path);
}

/** Checks each chunk before it hands it out, and at the end that none is missing. Closes the file when left. */
export async function* readSnapshotChunks(file: DiskFile): AsyncGenerator<Uint8Array> {
  try {
    const reader = await SequentialReader.open(file);
    await readHeader(reader, file.path);
    for (let count = 0; ; count++) {
      const at = reader.position;
      const header = await readExactly(reader, chunkHeaderBytes, file.path, at);
      const length = header.readUInt32BE(0);
      const crc = header.readUInt32BE(4);
      if (length === 0) {
        if (crc !== count || reader.position !== reader.size) throw damagedSnapshot(file.path, at);
        return;
      }
      const chunk = await readExactly(reader, length, file.path, at);
      if (crc32c(chunk) !== crc) throw damagedSnapshot(file.path, at);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

async function readHeader(reader: SequentialReader, path: string): Promise<SnapshotId> {
  const header = decodeSnapshotHeader(await readExactly(reader, snapshotHeaderBytes, path, 0), path);
  const voters = await readExactly(reader, header.votersBytes, path, snapshotHeaderBytes);
  return decodeSnapshotId(header, voters, path);
}

/** `partAt` is where what is damaged begins if the bytes are not there. */
async function readExactly(
  reader: SequentialReader,
  length: number,
  path: string,
  partAt: number,
): Promise<Buffer> {
  const bytes = await reader.read(length);
  if (bytes.length < length) throw damagedSnapshot(path, partAt);
  return bytes;
}
