import { create, type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { messageTooLarge } from "../handler-failure.ts";
import type { MessageInit } from "../service-client.ts";

export interface Transferred {
  readonly message: Message;
  readonly sizeBytes: number;
}

/** Makes of what one side hands over a message that the other side may keep. */
export type Transfer = (schema: DescMessage, init: MessageInit, limitBytes: number) => Transferred;

/**
 * Hands over the very object, frozen with all that it holds: neither side can change what the other sees.
 * Except in `bytes` fields, since typed arrays cannot be frozen: who passes one on must not write to it again.
 * The size is a lower bound (bytes and characters only), so whatever is refused here is refused by gRPC too.
 */
export const transferFrozen: Transfer = (schema, init, limitBytes) => {
  const message = create(schema, init);
  const sizeBytes = freeze(message);
  if (sizeBytes > limitBytes) throw messageTooLarge(sizeBytes, limitBytes);
  return { message, sizeBytes };
};

/** Goes through protobuf, as gRPC does: slower, and nothing is shared. */
export const transferEncoded: Transfer = (schema, init, limitBytes) => {
  const encoded = toBinary(schema, create(schema, init));
  if (encoded.byteLength > limitBytes) throw messageTooLarge(encoded.byteLength, limitBytes);
  const message = fromBinary(schema, encoded);
  freeze(message);
  return { message, sizeBytes: encoded.byteLength };
};

/** Returns the bytes and characters inside. Messages are trees of their fields' own types, never cyclic. */
function freeze(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let sizeBytes = 0;
  for (const inner of Object.values(value)) sizeBytes += freeze(inner);
  Object.freeze(value);
  return sizeBytes;
}
