import { join } from "node:path";
import { loadSchemas } from "../generator/load-schemas.ts";
import type { Message } from "../generator/schema.ts";
import { messageCodecs } from "../src/generated/all.ts";
import type { AnyMessageCodec } from "../src/message-codec.ts";

/** Every message: its schema and the codec that was generated from it. */
export function messagesWithCodecs(): readonly (readonly [Message, AnyMessageCodec])[] {
  const codecs = new Map(messageCodecs.map((codec) => [codec.name, codec]));
  return loadSchemas(join(import.meta.dirname, "../schemas"))
    .flatMap(({ messages }) => messages)
    .map((message) => [message, codecs.get(message.name)!] as const);
}
