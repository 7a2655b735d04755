import { create, type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { ApiError, type MessageInit, messageTooLarge } from "@millrace/runtime";

export function encodeMessage(schema: DescMessage, init: MessageInit, limitBytes: number): Buffer {
  const encoded = toBinary(schema, create(schema, init));
  if (encoded.byteLength > limitBytes) throw messageTooLarge(encoded.byteLength, limitBytes);
  return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}

/** `bytes` fields are views of `encoded`. What is no message of this kind is refused with INVALID_REQUEST. */
export function decodeMessage(schema: DescMessage, encoded: Buffer): Message {
  try {
    return fromBinary(schema, encoded);
  } catch (cause) {
    throw new ApiError("INVALID_REQUEST", { detail: `not a ${schema.typeName}`, cause });
  }
}
