import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { type MetadataRecord, MetadataRecordSchema } from "@millrace/proto/metadata";
import { uuidFromBytes } from "../image/uuid.ts";

/** A record as people read it: what kind it is, and its fields by name. */
export interface ReadableRecord {
  /** The record's name in `metadata.proto`, or what is not known by this version: "unknown". */
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function readableRecord({ record }: MetadataRecord): ReadableRecord {
  if (record.case === undefined) return { type: "unknown", fields: {} };
  const { message } = MetadataRecordSchema.field[record.case];
  return { type: record.case, fields: message === undefined ? {} : fieldsOf(message, record.value) };
}

/** Absent fields are left out; numbers are numbers, ids are what Kafka prints. */
function fieldsOf({ fields }: DescMessage, message: Message): Record<string, unknown> {
  const values = message as unknown as Readonly<Record<string, unknown>>;
  const present = fields.filter(({ localName }) => values[localName] !== undefined);
  return Object.fromEntries(
    present.map((field) => [field.localName, readable(field, values[field.localName])]),
  );
}

function readable(field: DescField, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => readable(field, item));
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) {
    return value.length === 16 ? uuidFromBytes(value) : Buffer.from(value).toString("base64");
  }
  if (field.message !== undefined) return fieldsOf(field.message, value as Message);
  // Columns of numbers may be typed arrays.
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  return value;
}
