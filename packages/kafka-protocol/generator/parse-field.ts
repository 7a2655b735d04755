import { type ArrayType, type Field, type FieldType, PRIMITIVES, type PrimitiveName } from "./schema.ts";
import { SchemaError } from "./schema-error.ts";
import type { SchemaLine } from "./schema-lines.ts";
import { includes, parseVersions, type Versions } from "./versions.ts";

const FIELD = /^(\w+): (\[\])?(\w+)(\?(?:\d+(?:-\d+|\+)?)?)?((?: [^=]+)?)(?: = (.+))?$/;

/** Reads `name: type[?[versions]] [versions] [tag N] [key] [ignorable] [inflexible] [= default]`. */
export function parseField(file: string, line: SchemaLine, within: Versions): Field {
  const fail = (text: string): never => {
    throw new SchemaError(file, line.number, text);
  };
  const match = FIELD.exec(line.text) ?? fail("not a field: NAME: TYPE ...");
  const [, name, array, typeName, nullableText, attributes, defaultValue] = match as unknown as string[];
  const type = fieldType(typeName!, array !== undefined) ?? fail(`unknown type ${typeName}`);
  let versions = within;
  let tag: number | undefined;
  const flags = { key: false, ignorable: false, inflexible: false };
  const words = attributes!.split(" ").filter((word) => word !== "");
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (/^\d/.test(word)) versions = parseVersions(word, within) ?? fail(`not versions: ${word}`);
    else if (word === "tag") tag = /^\d+$/.test(words[0] ?? "") ? Number(words.shift()) : fail("tag NUMBER");
    else if (word === "key" || word === "ignorable" || word === "inflexible") flags[word] = true;
    else fail(`unknown attribute ${word}`);
  }
  if (!includes(within, versions)) fail(`${name} reaches beyond the versions of what it is in`);
  let nullable: Versions | undefined;
  if (nullableText === "?") nullable = versions;
  else if (nullableText !== undefined) {
    nullable = parseVersions(nullableText.slice(1), versions) ?? fail(`not versions: ${nullableText}`);
    if (!includes(versions, nullable)) fail(`${name} is nullable in versions that lack it`);
  }
  checkNullable(type, nullable, fail);
  if (defaultValue !== undefined) checkDefault(type, nullable, defaultValue, fail);
  return { name: name!, type, versions, nullable, tag, defaultValue, ...flags };
}

function fieldType(name: string, array: boolean): FieldType | undefined {
  const primitive = (PRIMITIVES as readonly string[]).includes(name);
  if (!primitive && !/^[A-Z]/.test(name)) return undefined;
  const element: ArrayType["element"] = primitive
    ? { kind: "primitive", name: name as PrimitiveName }
    : { kind: "struct", name };
  return array ? { kind: "array", element } : element;
}

function checkNullable(type: FieldType, nullable: Versions | undefined, fail: (text: string) => never): void {
  if (nullable === undefined || type.kind !== "primitive") return;
  if (!["string", "bytes", "records"].includes(type.name)) fail(`${type.name} cannot be null`);
}

function checkDefault(
  type: FieldType,
  nullable: Versions | undefined,
  value: string,
  fail: (text: string) => never,
): void {
  if (value === "null") {
    if (nullable === undefined) fail("null as the default of a field that cannot be null");
    return;
  }
  if (type.kind !== "primitive") fail("only null can be the default of arrays and structures");
  const name = (type as { name: PrimitiveName }).name;
  const good =
    name === "bool"
      ? /^(true|false)$/.test(value)
      : name === "string"
        ? /^"[^"\\]*"$/.test(value)
        : name.includes("int") && /^-?\d+$/.test(value);
  if (!good) fail(`${value} is no default for ${name}`);
}
