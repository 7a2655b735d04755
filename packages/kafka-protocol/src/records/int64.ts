import { ProtocolError } from "../protocol-error.ts";

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

/** Writes a safe integer as an int64 without making a bigint. */
export function writeSafeInt64(buffer: Buffer, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError("not a safe integer");
  const high = Math.floor(value / two32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * two32, at + 4);
}
