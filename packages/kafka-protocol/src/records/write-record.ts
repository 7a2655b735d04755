import { varintSize, varlongSize, writeVarint, writeVarlong } from "./varint.ts";

/** A header as it is given to a builder. */
export interface HeaderInput {
  readonly key: string;
  readonly value: Uint8Array | null;
}

const NULL_LENGTH = -1;
const ATTRIBUTES_BYTES = 1;

/** The length that stands first in a record: all bytes after it. */
export function recordLength(
  timestampDelta: number,
  offsetDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly HeaderInput[],
): number {
  let length = ATTRIBUTES_BYTES + varlongSize(timestampDelta) + varintSize(offsetDelta);
  length += nullableSize(key) + nullableSize(value) + varintSize(headers.length);
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key);
    length += varintSize(keyBytes) + keyBytes + nullableSize(header.value);
  }
  return length;
}

function nullableSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

/** Writes what follows a record's length and returns where it ends. There is room for `recordLength` bytes. */
export function writeRecord(
  buffer: Buffer,
  start: number,
  timestampDelta: number,
  offsetDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly HeaderInput[],
): number {
  buffer[start] = 0;
  let at = writeVarlong(buffer, start + ATTRIBUTES_BYTES, timestampDelta);
  at = writeVarint(buffer, at, offsetDelta);
  at = writeNullable(buffer, at, key);
  at = writeNullable(buffer, at, value);
  at = writeVarint(buffer, at, headers.length);
  for (const header of headers) {
    at = writeVarint(buffer, at, Buffer.byteLength(header.key));
    at += buffer.write(header.key, at);
    at = writeNullable(buffer, at, header.value);
  }
  return at;
}

function writeNullable(buffer: Buffer, at: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(buffer, at, NULL_LENGTH);
  const start = writeVarint(buffer, at, bytes.length);
  buffer.set(bytes, start);
  return start + bytes.length;
}
