import { crc32 } from "@node-rs/crc32";
import { ProtocolError } from "../protocol-error.ts";
import { COMPRESSION_MASK, TIMESTAMP_TYPE_BIT, type TimestampType } from "./batch-attributes.ts";
import { magic, NO_TIMESTAMP } from "./batch-header.ts";
import { crcMismatch } from "./decode-options.ts";
import { type Int64, readInt64 } from "./int64.ts";

const Field = { offset: 0, crc: 12, magic: 16, attributes: 17, afterAttributes: 18 } as const;
const TIMESTAMP_BYTES = 8;

/** One entry of a message set of format 0 or 1 (KIP-32). */
export interface LegacyMessage {
  /** In a wrapper of format 1: counted from the wrapped messages' first. */
  readonly offset: Int64;
  readonly magic: number;
  readonly crc: number;
  readonly compressionId: number;
  readonly timestampType: TimestampType | undefined;
  readonly timestamp: Int64;
  readonly key: Buffer | null;
  /** A whole message set, compressed, when there is a codec. */
  readonly value: Buffer | null;
}

/** The message that fills the bytes from `at` to `end`, as `BatchCursor` found it. Throws `ProtocolError`. */
export function readLegacyMessage(
  buffer: Buffer,
  at: number,
  end: number,
  verifyCrc: boolean,
): LegacyMessage {
  const crc = buffer.readUInt32BE(at + Field.crc);
  if (verifyCrc && crc32(buffer.subarray(at + Field.magic, end)) !== crc) throw crcMismatch();
  const format = magic(buffer, at);
  const attributes = buffer[at + Field.attributes]!;
  const isAppendTime = (attributes & TIMESTAMP_TYPE_BIT) !== 0;
  const timestampAt = at + Field.afterAttributes;
  if (format === 1 && end - timestampAt < TIMESTAMP_BYTES) throw truncated();
  const keyAt = format === 1 ? timestampAt + TIMESTAMP_BYTES : timestampAt;
  const key = readBytes(buffer, keyAt, end);
  const valueAt = keyAt + 4 + (key?.length ?? 0);
  const value = readBytes(buffer, valueAt, end);
  if (valueAt + 4 + (value?.length ?? 0) !== end) {
    throw new ProtocolError("invalid", "a message's fields do not fill its length");
  }
  return {
    offset: readInt64(buffer, at + Field.offset),
    magic: format,
    crc,
    compressionId: attributes & COMPRESSION_MASK,
    timestampType: format === 0 ? undefined : isAppendTime ? "logAppend" : "create",
    timestamp: format === 0 ? NO_TIMESTAMP : readInt64(buffer, timestampAt),
    key,
    value,
  };
}

function readBytes(buffer: Buffer, at: number, end: number): Buffer | null {
  if (end - at < 4) throw truncated();
  const length = buffer.readInt32BE(at);
  if (length === -1) return null;
  if (length < 0) throw new ProtocolError("invalid", "a message has a field of negative length");
  if (length > end - at - 4) throw truncated();
  return buffer.subarray(at + 4, at + 4 + length);
}

function truncated(): ProtocolError {
  return new ProtocolError("truncated", "a message's field ends beyond it");
}
