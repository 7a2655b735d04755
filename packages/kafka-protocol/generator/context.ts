import { typeName } from "./names.ts";
import type { Field, FieldType, Message, PrimitiveName, Schema, Struct, StructType } from "./schema.ts";
import { equal, type Versions } from "./versions.ts";

/** What is being generated for: a structure in its message in its module. */
export interface Context {
  readonly schema: Schema;
  readonly message: Message;
  readonly struct: Struct;
}

/** TypeScript's name of the structure itself. */
export function ownName({ schema, message, struct }: Context): string {
  return typeName(schema, message, struct.name);
}

/** TypeScript's name of a structure that a field holds. */
export function structName({ schema, message }: Context, type: StructType): string {
  return typeName(schema, message, type.name);
}

/** The versions of the structure in which it ends in tagged fields, if any. */
export function flexibleVersions({ message, struct }: Context): Versions | undefined {
  if (message.flexibleFrom === undefined || message.flexibleFrom > struct.versions.last) return undefined;
  return { first: Math.max(message.flexibleFrom, struct.versions.first), last: struct.versions.last };
}

/** The fields that are tagged in the versions that have them, by tag. */
export function taggedFields({ struct }: Context): Field[] {
  return struct.fields.filter((field) => field.tag !== undefined).sort((a, b) => a.tag! - b.tag!);
}

const SCALAR_TYPES: Record<PrimitiveName, string> = {
  bool: "boolean",
  int8: "number",
  int16: "number",
  uint16: "number",
  int32: "number",
  uint32: "number",
  int64: "Int64",
  float64: "number",
  uuid: "Uuid",
  string: "string",
  bytes: "Buffer",
  records: "Buffer",
};

/** The type of a field: as decoded, or what may be given to be encoded. */
export function tsType(context: Context, field: Field, input: boolean): string {
  return plainType(context, field.type, input) + (field.nullable === undefined ? "" : " | null");
}

function plainType(context: Context, type: FieldType, input: boolean): string {
  if (type.kind === "array") return `readonly ${plainType(context, type.element, input)}[]`;
  if (type.kind === "struct") return structName(context, type) + (input ? "Input" : "");
  if (type.name === "records" && input) return "RecordsInput";
  return SCALAR_TYPES[type.name];
}

/** Whether a field may be left out of a message that is to be encoded. */
export function isOptional({ struct }: Context, field: Field): boolean {
  return (
    !equal(field.versions, struct.versions) || field.tag !== undefined || field.defaultValue !== undefined
  );
}

/** An expression for the default of a field. */
export function defaultOf(context: Context, field: Field): string {
  const { type, defaultValue } = field;
  if (defaultValue !== undefined) {
    const unsafe = /^-?\d+$/.test(defaultValue) && !Number.isSafeInteger(Number(defaultValue));
    return unsafe ? `${defaultValue}n` : defaultValue;
  }
  if (type.kind === "array") return "[]";
  if (type.kind === "struct") return `default${structName(context, type)}`;
  if (type.name === "bool") return "false";
  if (type.name === "string") return '""';
  if (type.name === "uuid") return "ZERO_UUID";
  return type.name === "bytes" || type.name === "records" ? "NO_BYTES" : "0";
}

/** An expression for a field of `value` in which the default stands for undefined. */
export function valueExpression(context: Context, field: Field): string {
  const access = `value.${field.name}`;
  if (!isOptional(context, field)) return access;
  const fallback = defaultOf(context, field);
  if (field.nullable === undefined || fallback === "null") return `${access} ?? ${fallback}`;
  return `${access} === undefined ? ${fallback} : ${access}`;
}

/** An expression that is true when a field of `value` has something else than its default. */
export function differsFromDefault(context: Context, field: Field): string {
  const access = `value.${field.name}`;
  const { type } = field;
  const fallback = defaultOf(context, field);
  const given = isOptional(context, field) ? `${access} !== undefined && ` : "";
  if (fallback === "null") return `${given}${access} !== null`;
  const nullOr = (test: string): string =>
    field.nullable === undefined ? `${given}${test}` : `${given}(${access} === null || ${test})`;
  if (type.kind === "struct") {
    return nullOr(`!isDefault${structName(context, type)}(${access})`);
  }
  if (type.kind === "array" || type.name === "bytes" || type.name === "records")
    return nullOr(`${access}.length !== 0`);
  return `${given}${access} !== ${fallback}`;
}
