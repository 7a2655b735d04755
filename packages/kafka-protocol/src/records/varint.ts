import { type Int64, narrowInt64 } from "./int64.ts";

// Zigzag varints as records use them: groups of seven bits, lowest first, at most 5 bytes for an int32 and 10 for an
// int64. Numbers of up to 52 bits are written without a bigint.

export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}

/** Writes an int32 and returns where it ends. There is room for 5 bytes. */
export function writeVarint(buffer: Uint8Array, at: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  while (zigzag >= 0x80) {
    buffer[at++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  buffer[at++] = zigzag;
  return at;
}

export function varlongSize(value: number): number {
  if (value === (value | 0)) return varintSize(value);
  let magnitude = value < 0 ? -value - 1 : value;
  let size = 1;
  for (magnitude = Math.floor(magnitude / 64); magnitude > 0; magnitude = Math.floor(magnitude / 128)) size++;
  return size;
}

/** Writes a safe integer and returns where it ends. There is room for 8 bytes. */
export function writeVarlong(buffer: Uint8Array, at: number, value: number): number {
  if (value === (value | 0)) return writeVarint(buffer, at, value);
  // The sign goes into the lowest bit of the first group; doubling the whole could leave the safe range.
  const sign = value < 0 ? 1 : 0;
  let rest = value < 0 ? -value - 1 : value;
  let group = (rest % 64) * 2 + sign;
  rest = Math.floor(rest / 64);
  while (rest > 0) {
    buffer[at++] = group | 0x80;
    group = rest % 128;
    rest = Math.floor(rest / 128);
  }
  buffer[at++] = group;
  return at;
}

/** A varint that was read as its unsigned 32 bits. */
export function unzigzag(bits: number): number {
  return (bits >>> 1) ^ -(bits & 1);
}

/** The `size` (5 to 10) bytes of an int64 varint at `at`. Bits beyond the 64th are dropped. */
export function wideVarlong(buffer: Uint8Array, at: number, size: number): Int64 {
  let bits = 0n;
  for (let index = size - 1; index >= 0; index--) bits = (bits << 7n) | BigInt(buffer[at + index]! & 0x7f);
  bits = BigInt.asUintN(64, bits);
  return narrowInt64((bits >> 1n) ^ -(bits & 1n));
}
