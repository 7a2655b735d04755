import { crc32c } from "@node-rs/crc32";
import { BatchField, crc, sizeInBytes } from "./batch-header.ts";

/**
 * CRC-32C of the batch of `size` bytes at `at`. It covers everything from the attributes on, so base offset, length,
 * leader epoch and magic may change without it. Makes one view, no copy.
 */
export function computeCrc(buffer: Buffer, at: number, size: number): number {
  return crc32c(buffer.subarray(at + BatchField.attributes, at + size));
}

/** The caller knows that the whole batch lies within the buffer. */
export function isCrcValid(buffer: Buffer, at: number): boolean {
  return computeCrc(buffer, at, sizeInBytes(buffer, at)) === crc(buffer, at);
}
