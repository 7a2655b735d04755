import type { Code } from "./code.ts";
import {
  type Context,
  defaultOf,
  flexibleVersions,
  ownName,
  structName,
  taggedFields,
  tsType,
} from "./context.ts";
import { lengthMethodIn, methodIn, structPresentMethod } from "./encoding.ts";
import { elementSizeMin } from "./min-size.ts";
import { localName } from "./names.ts";
import type { ArrayType, Field, PrimitiveType, StructType } from "./schema.ts";
import { condition, contains, segments, type Versions } from "./versions.ts";

/** Writes the function that decodes a structure. */
export function emitDecode(code: Code, context: Context): void {
  const { message, struct } = context;
  const name = ownName(context);
  const isMessage = struct.name === message.name;
  const parameters = ["reader: Reader", "version: number"];
  code.func(`${isMessage ? "export " : ""}function decode${name}`, parameters, name, () => {
    if (isMessage) {
      code.line(
        `checkVersion(version, ${message.versions.first}, ${message.versions.last}, "${message.name}");`,
      );
    }
    for (const field of struct.fields) {
      if (field.tag === undefined) emitField(code, context, field, struct.versions);
    }
    const flexible = flexibleVersions(context);
    if (flexible !== undefined) emitTaggedFields(code, context, flexible);
    const entries = struct.fields.map(({ name }) =>
      localName(name) === name ? name : `${name}: ${localName(name)}`,
    );
    const literal = `{ ${entries.join(", ")} }`;
    if (flexible !== undefined) {
      code.line(
        `if (unknown !== undefined) return { ${[...entries, "unknownTaggedFields: unknown"].join(", ")} };`,
      );
    }
    code.line(`return ${entries.length === 0 ? "{}" : literal};`);
  });
  code.blank();
}

/** Declares a local and reads it, or gives it its default in versions of `range` that lack the field. */
function emitField(code: Code, context: Context, field: Field, range: Versions): void {
  const local = localName(field.name);
  const { type } = field;
  if (type.kind === "array") {
    emitArray(code, context, field, type, range, local);
    return;
  }
  const fallback = defaultOf(context, field);
  code.line(`const ${local} = ${readValue(context, field, type, range, fallback)};`);
}

function readValue(
  context: Context,
  field: Field,
  type: PrimitiveType | StructType,
  range: Versions,
  fallback: string,
): string {
  const ways = segments(range, (version) => {
    if (!contains(field.versions, version)) return fallback;
    if (type.kind === "primitive")
      return `reader.${readerMethod(methodIn(context, field, type.name, version))}()`;
    const decode = `decode${structName(context, type)}(reader, version)`;
    return contains(field.nullable, version)
      ? `reader.${structPresentMethod(field)}() ? ${decode} : null`
      : decode;
  });
  return choose(range, ways);
}

/** Records are bytes to the reader. */
function readerMethod(method: string): string {
  return method.replace(/records$/, "bytes").replace(/Records$/, "Bytes");
}

function choose(range: Versions, ways: readonly (Versions & { readonly what: string })[]): string {
  if (ways.length === 1) return ways[0]!.what;
  return ways
    .map((way) => {
      const what = way.what.includes("?") ? `(${way.what})` : way.what;
      return way.first === range.first ? what : `version >= ${way.first} ? ${what} : `;
    })
    .join("");
}

/** Declares `list` with the elements of an array. */
function emitArray(
  code: Code,
  context: Context,
  field: Field,
  type: ArrayType,
  range: Versions,
  list: string,
): void {
  const count = `${list}Count`;
  const ways = segments(range, (version) => {
    if (!contains(field.versions, version)) return field.defaultValue === "null" ? "-1" : "0";
    const method = lengthMethodIn(context, field, version);
    return `reader.${method}(${sizeMin(context, field, type, method)})`;
  });
  const nullable = field.nullable !== undefined;
  const empty = nullable ? `${count} < 0 ? null : []` : "[]";
  const item =
    type.element.kind === "struct"
      ? `decode${structName(context, type.element)}(reader, version)`
      : readValue(context, field, type.element, field.versions, "");
  code.line(`const ${count} = ${choose(range, ways)};`);
  code.line(`const ${list}: ${tsType(context, field, false).replace("readonly ", "")} = ${empty};`);
  code.line(`for (let index = 0; index < ${count}; index++) ${list}${nullable ? "!" : ""}.push(${item});`);
}

/** The fewest bytes an element has in any version that is read by `method`. */
function sizeMin(context: Context, field: Field, type: ArrayType, method: string): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let version = field.versions.first; version <= field.versions.last; version++) {
    if (lengthMethodIn(context, field, version) !== method) continue;
    smallest = Math.min(smallest, elementSizeMin(context.message, type.element, version));
  }
  return smallest;
}

function emitTaggedFields(code: Code, context: Context, flexible: Versions): void {
  const { struct } = context;
  const tagged = taggedFields(context);
  const test = condition(flexible, struct.versions);
  if (tagged.length === 0) {
    const read = "reader.unknownTaggedFields()";
    code.line(`const unknown = ${test === undefined ? read : `${test} ? ${read} : undefined`};`);
    return;
  }
  for (const field of tagged) {
    code.line(
      `let ${localName(field.name)}: ${tsType(context, field, false)} = ${defaultOf(context, field)};`,
    );
  }
  code.line("let unknown: TaggedField[] | undefined;");
  const loop = (): void => emitTagLoop(code, context, tagged, flexible);
  if (test === undefined) loop();
  else code.block(`if (${test})`, loop);
}

function emitTagLoop(code: Code, context: Context, tagged: readonly Field[], flexible: Versions): void {
  code.line("let tag = -1;");
  code.block("for (let left = reader.taggedFieldCount(); left > 0; left--)", () => {
    code.line("tag = reader.tag(tag);");
    code.line("const end = reader.taggedFieldEnd();");
    for (const [index, field] of tagged.entries()) {
      code.block(`${index === 0 ? "" : "else "}if (tag === ${field.tag})`, () => {
        const present = condition(field.versions, flexible);
        const refuse = `refuseTag(tag, "${context.message.name}", version)`;
        if (present !== undefined) code.line(`if (!(${present})) ${refuse};`);
        emitTagged(code, context, field);
        code.line("reader.expectTaggedFieldEnd(end);");
      });
    }
    code.line("else unknown = reader.unknownTaggedField(unknown, tag, end);");
  });
}

/** Reads the value of a known tag into the local that was declared for it. */
function emitTagged(code: Code, context: Context, field: Field): void {
  const local = localName(field.name);
  const { type } = field;
  if (type.kind === "array") {
    emitArray(code, context, field, type, field.versions, "list");
    code.line(`${local} = list;`);
  } else {
    code.line(`${local} = ${readValue(context, field, type, field.versions, "")};`);
  }
}
