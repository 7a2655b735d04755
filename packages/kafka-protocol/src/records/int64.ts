import { ProtocolError } from "../protocol-error.ts";

/** A number when it is safe, a bigint beyond. */
export type Int64 = number | bigint;

const two32 = 2 ** 32;

/**
 * The int64 at `at` as a plain number: what offsets, timestamps and producer ids are inside the platform.
 * Throws `ProtocolError` ("invalid") when it lies beyond 2^53 - 1 either way. The caller has checked bounds.
 */
export function readSafeInt64(buffer: Buffer, at: number): number {
  const value = buffer.readInt32BE(at) * two32 + buffer.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new ProtocolError("invalid", "an int64 lies beyond 2^53");
  return value;
}

/** Whether the int64 at `at` fits a plain number, for those who must not throw. */
export function isSafeInt64(buffer: Buffer, at: number): boolean {
  return Number.isSafeInteger(buffer.readInt32BE(at) * two32 + buffer.readUInt32BE(at + 4));
}

export function readInt64(buffer: Buffer, at: number): Int64 {
  const value = buffer.readInt32BE(at) * two32 + buffer.readUInt32BE(at + 4);
  return Number.isSafeInteger(value) ? value : buffer.readBigInt64BE(at);
}

/** Writes a safe integer as an int64 without making a bigint. */
export function writeSafeInt64(buffer: Buffer, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError("not a safe integer");
  const high = Math.floor(value / two32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * two32, at + 4);
}

export function writeInt64(buffer: Buffer, at: number, value: Int64): void {
  if (typeof value === "number") writeSafeInt64(buffer, at, value);
  else buffer.writeBigInt64BE(value, at);
}

/** `a + b` as an int64 adds: wraps around at 2^63. */
export function addInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return narrowInt64(BigInt.asIntN(64, BigInt(a) + BigInt(b)));
}

export function narrowInt64(value: bigint): Int64 {
  const narrow = Number(value);
  return Number.isSafeInteger(narrow) ? narrow : value;
}

/** `a - b`, wrapping around likewise. */
export function subtractInt64(a: Int64, b: Int64): Int64 {
  return addInt64(a, -b);
}
