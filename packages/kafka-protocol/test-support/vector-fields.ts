import type { Field, Message } from "../generator/schema.ts";
import { contains } from "../generator/versions.ts";
import type { JsonFields, JsonValue } from "./message-vectors.ts";

/** Turns the fields of a vector into the message that the codec makes of it, as the schema says. */
export function fromVector(message: Message, fields: JsonFields, version: number): Record<string, unknown> {
  return structOf(message, message.name, fields, version);
}

function structOf(
  message: Message,
  name: string,
  fields: JsonFields,
  version: number,
): Record<string, unknown> {
  const struct = message.structs.find((candidate) => candidate.name === name)!;
  const present = struct.fields.filter((field) => contains(field.versions, version));
  const known = new Set(present.map((field) => field.name));
  const strange = Object.keys(fields).find((key) => !known.has(key));
  if (strange !== undefined) throw new Error(`${name} has no field ${strange} in version ${version}`);
  return Object.fromEntries(
    present.map((field) => {
      if (!(field.name in fields)) throw new Error(`${name}.${field.name} is missing in version ${version}`);
      return [field.name, fieldValue(message, field, field.type, fields[field.name]!, version)];
    }),
  );
}

function fieldValue(
  message: Message,
  field: Field,
  type: Field["type"],
  value: JsonValue,
  version: number,
): unknown {
  if (value === null) return null;
  if (type.kind === "array") {
    return (value as readonly JsonValue[]).map((item) =>
      fieldValue(message, field, type.element, item, version),
    );
  }
  if (type.kind === "struct") return structOf(message, type.name, value as JsonFields, version);
  if (type.name === "int64") {
    const wide = BigInt(value as string);
    return Number.isSafeInteger(Number(wide)) ? Number(wide) : wide;
  }
  return type.name === "bytes" || type.name === "records" ? Buffer.from(value as string, "base64") : value;
}
