import type { Disk, DiskFile } from "@millrace/runtime";
import { crc32c } from "@node-rs/crc32";
import type { SnapshotId } from "../entry.ts";
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
    let at = 0;
    const write = async (...buffers: Uint8Array[]): Promise<void> => {
      await file.write(buffers, at);
      for (const buffer of buffers) at += buffer.length;
    };
    await write(...encodeSnapshotHeader(id));
    let count = 0;
    for await (const chunk of chunks) {
      if (chunk.length === 0) continue;
      await write(encodeChunkHeader(chunk.length, crc32c(chunk)), chunk);
      count++;
    }
    await write(encodeChunkHeader(0, count));
    await file.sync();
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
  return (await readHeader(file)).id;
}

/** Checks each chunk before it hands it out, and at the end that none is missing. Closes the file when left. */
export async function* readSnapshotChunks(file: DiskFile): AsyncGenerator<Uint8Array> {
  try {
    let { at } = await readHeader(file);
    const size = await file.size();
    for (let count = 0; ; count++) {
      const header = await readExactly(file, chunkHeaderBytes, at);
      const length = header.readUInt32BE(0);
      const crc = header.readUInt32BE(4);
      if (length === 0) {
        if (crc !== count || at + chunkHeaderBytes !== size) throw damagedSnapshot(file.path, at);
        return;
      }
      if (at + chunkHeaderBytes + length > size) throw damagedSnapshot(file.path, at);
      const chunk = await readExactly(file, length, at + chunkHeaderBytes);
      if (crc32c(chunk) !== crc) throw damagedSnapshot(file.path, at);
      yield chunk;
      at += chunkHeaderBytes + length;
    }
  } finally {
    await file.close();
  }
}

async function readHeader(file: DiskFile): Promise<{ readonly id: SnapshotId; readonly at: number }> {
  const header = decodeSnapshotHeader(await readExactly(file, snapshotHeaderBytes, 0), file.path);
  const voters = await readExactly(file, header.votersBytes, snapshotHeaderBytes);
  return {
    id: decodeSnapshotId(header, voters, file.path),
    at: snapshotHeaderBytes + header.votersBytes,
  };
}

async function readExactly(file: DiskFile, length: number, at: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  if ((await file.read(bytes, at)) < length) throw damagedSnapshot(file.path, at);
  return bytes;
}
