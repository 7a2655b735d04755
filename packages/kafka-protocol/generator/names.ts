import type { Message, MessageKind, Schema } from "./schema.ts";

/** `ProduceRequest` to `produceRequest`. */
export function lowerFirst(name: string): string {
  return name[0]!.toLowerCase() + name.slice(1);
}

/**
 * The TypeScript name of a structure: Kafka's own; where several messages of a module have different structures
 * of that name, after `Request` or `Response`, or the whole name of the message.
 */
export function typeName(schema: Schema, message: Message, struct: string): string {
  const elsewhere = schema.messages.some(
    (other) => other !== message && other.structs.some((candidate) => candidate.name === struct),
  );
  if (!elsewhere) return struct;
  return (KIND_PREFIXES[message.kind] ?? message.name) + struct;
}

const KIND_PREFIXES: Partial<Record<MessageKind, string>> = { request: "Request", response: "Response" };

/** Names that generated functions use themselves. */
const TAKEN = new Set([
  "reader",
  "writer",
  "value",
  "version",
  "unknown",
  "tag",
  "end",
  "left",
  "count",
  "index",
]);

/** The local variable for a field. */
export function localName(field: string): string {
  return TAKEN.has(field) ? `${field}_` : field;
}
