import { type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";

/** A `bytes` or `repeated bytes` field of a message's own: those carry what is large, log entries and records. */
interface PayloadField {
  readonly name: string;
  readonly repeated: boolean;
  /** What stands on the wire before each value. */
  readonly tag: number;
}

/** A value of a payload field. */
export interface Payload {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

const lengthDelimited = 2;
const nothing = new Uint8Array();
const fieldsOfSchema = new WeakMap<DescMessage, readonly PayloadField[]>();

/** What the payload fields of a message hold, and the message without that. */
export function splitPayloads(
  schema: DescMessage,
  message: Message,
): { readonly payloads: readonly Payload[]; readonly rest: Message } {
  const values = message as unknown as Readonly<Record<string, Uint8Array | readonly Uint8Array[]>>;
  const payloads: Payload[] = [];
  const without: Record<string, Uint8Array | readonly Uint8Array[]> = {};
  for (const { name, repeated, tag } of payloadFields(schema)) {
    const value = values[name];
    if (value === undefined || value.length === 0) continue;
    without[name] = repeated ? [] : nothing;
    const parts = repeated ? (value as readonly Uint8Array[]) : [value as Uint8Array];
    for (const bytes of parts) payloads.push({ tag, bytes });
  }
  return { payloads, rest: payloads.length === 0 ? message : { ...message, ...without } };
}

function payloadFields(schema: DescMessage): readonly PayloadField[] {
  let fields = fieldsOfSchema.get(schema);
  if (fields === undefined) {
    fields = schema.fields.filter(carriesPayload).map(({ localName, number, fieldKind }) => ({
      name: localName,
      repeated: fieldKind === "list",
      tag: (number << 3) | lengthDelimited,
    }));
    fieldsOfSchema.set(schema, fields);
  }
  return fields;
}

function carriesPayload(field: DescField): boolean {
  if (field.fieldKind === "list") return field.listKind === "scalar" && field.scalar === ScalarType.BYTES;
  return (
    field.fieldKind === "scalar" &&
    field.scalar === ScalarType.BYTES &&
    field.oneof === undefined &&
    field.presence === FeatureSet_FieldPresence.IMPLICIT
  );
}
