import { assert, type Random } from "@millrace/runtime";

/** 16 bytes as Kafka prints and logs ids: base64url without padding, always 22 characters. */
export type Uuid = string;

/** Copies: `bytes` may be a view of a larger buffer. */
export function uuidFromBytes(bytes: Uint8Array): Uuid {
  assert(bytes.length === 16, "a uuid is not 16 bytes");
  return Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString("base64url");
}

export function uuidToBytes(uuid: Uuid): Uint8Array {
  const bytes = Buffer.from(uuid, "base64url");
  assert(bytes.length === 16, "a uuid is not 22 characters of base64url");
  return bytes;
}

/** From the 36 characters of RFC 9562 ("8-4-4-4-12"), or what is already in Kafka's form. */
export function uuidFromText(text: string): Uuid {
  return text.length === 36 ? uuidFromBytes(Buffer.from(text.replaceAll("-", ""), "hex")) : text;
}

/** What a peer sent as an id, or undefined when it is none: empty, short or all zeros. */
export function uuidFromPeer(bytes: Uint8Array): Uuid | undefined {
  return bytes.length === 16 && bytes.some((byte) => byte !== 0) ? uuidFromBytes(bytes) : undefined;
}

/** Never with a leading dash: such an id would read as an option of a command (Kafka keeps to that too). */
export function randomUuid(random: Random): Uuid {
  const bytes = new Uint8Array(16);
  for (;;) {
    random.fill(bytes);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const uuid = uuidFromBytes(bytes);
    if (!uuid.startsWith("-")) return uuid;
  }
}
