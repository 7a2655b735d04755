import { create, type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { ApiError, type MessageInit, messageTooLarge } from "@millrace/runtime";
import { type Payload, splitPayloads } from "./payload-fields.ts";

/**
 * Payloads are copied once, into a buffer of the message's size: `toBinary` alone writes into one that it doubles until
 * all fits, five times the bytes for log entries, and what the garbage collector does about that shows in the tail of
 * every answer.
 */
export function encodeMessage(schema: DescMessage, init: MessageInit, limitBytes: number): Buffer {
  const { payloads, rest } = splitPayloads(schema, create(schema, init));
  const head = toBinary(schema, rest);
  const sizeBytes = payloads.reduce((sum, payload) => sum + encodedBytes(payload), head.length);
  if (sizeBytes > limitBytes) throw messageTooLarge(sizeBytes, limitBytes);
  if (payloads.length === 0) return Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const encoded = Buffer.allocUnsafe(sizeBytes);
  encoded.set(head);
  let at = head.length;
  for (const { tag, bytes } of payloads) {
    at = writeVarint(encoded, tag, at);
    at = writeVarint(encoded, bytes.length, at);
    encoded.set(bytes, at);
    at += bytes.length;
  }
  return encoded;
}

/** `bytes` fields are views of `encoded`. What is no message of this kind is refused with INVALID_REQUEST. */
export function decodeMessage(schema: DescMessage, encoded: Buffer): Message {
  try {
    return fromBinary(schema, encoded);
  } catch (cause) {
    throw new ApiError("INVALID_REQUEST", { detail: `not a ${schema.typeName}`, cause });
  }
}

function encodedBytes({ tag, bytes }: Payload): number {
  return varintBytes(tag) + varintBytes(bytes.length) + bytes.length;
}

/** Of an unsigned integer under 2^31: seven bits a byte. */
function varintBytes(value: number): number {
  return value === 0 ? 1 : Math.ceil((32 - Math.clz32(value)) / 7);
}

function writeVarint(buffer: Buffer, value: number, at: number): number {
  let rest = value;
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}
