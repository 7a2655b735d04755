import type { Code } from "./code.ts";
import {
  type Context,
  differsFromDefault,
  flexibleVersions,
  ownName,
  structName,
  taggedFields,
  valueExpression,
} from "./context.ts";
import { lengthMethodIn, methodIn, structPresentMethod } from "./encoding.ts";
import { localName } from "./names.ts";
import type { ArrayType, Field, PrimitiveType, StructType } from "./schema.ts";
import { condition, contains, equal, segments, type Versions } from "./versions.ts";

/** Writes the function that encodes a structure. */
export function emitEncode(code: Code, context: Context): void {
  const { message, struct } = context;
  const name = ownName(context);
  const isMessage = struct.name === message.name;
  const parameters = ["writer: Writer", `value: ${name}Input`, "version: number"];
  code.func(`${isMessage ? "export " : ""}function encode${name}`, parameters, "void", () => {
    if (isMessage) {
      code.line(
        `checkVersion(version, ${message.versions.first}, ${message.versions.last}, "${message.name}");`,
      );
    }
    for (const field of struct.fields) {
      refuseWhereAbsent(code, context, field);
      if (field.tag !== undefined) continue;
      inVersions(code, field.versions, struct.versions, () => emitField(code, context, field));
    }
    emitTaggedFields(code, context);
  });
  code.blank();
}

/** In versions without the field its value has to be the default, unless the schema says that it may be dropped. */
function refuseWhereAbsent(code: Code, context: Context, field: Field): void {
  if (field.ignorable || equal(field.versions, context.struct.versions)) return;
  const before =
    field.versions.first > context.struct.versions.first ? `version < ${field.versions.first}` : "";
  const after = field.versions.last < context.struct.versions.last ? `version > ${field.versions.last}` : "";
  const absent = before !== "" && after !== "" ? `(${before} || ${after})` : before + after;
  const test = `${absent} && ${differsFromDefault(context, field)}`;
  code.line(`if (${test}) refuseField("${field.name}", "${context.message.name}", version);`);
}

function inVersions(code: Code, versions: Versions, range: Versions, body: () => void): void {
  const test = condition(versions, range);
  if (test === undefined) body();
  else code.block(`if (${test})`, body);
}

function emitField(code: Code, context: Context, field: Field): void {
  if (field.type.kind === "array") emitArray(code, context, field, field.type);
  else if (field.type.kind === "struct") emitStruct(code, context, field, field.type);
  else emitPrimitive(code, context, field, field.type);
}

function emitPrimitive(code: Code, context: Context, field: Field, type: PrimitiveType): void {
  const value = valueExpression(context, field);
  const ways = segments(field.versions, (version) => methodIn(context, field, type.name, version));
  choose(code, field.versions, ways, (method, versions) => {
    const needsValue = field.nullable !== undefined && !contains(field.nullable, versions.last);
    return `writer.${method}(${needsValue ? notNull(context, field, value) : value});`;
  });
}

function emitStruct(code: Code, context: Context, field: Field, type: StructType): void {
  const encode = `encode${structName(context, type)}`;
  if (field.nullable === undefined) {
    code.line(`${encode}(writer, ${valueExpression(context, field)}, version);`);
    return;
  }
  const local = declare(code, context, field);
  const present = `writer.${structPresentMethod(field)}`;
  const nullable = condition(field.nullable, field.versions);
  if (nullable !== undefined) {
    code.line(`if (!(${nullable})) ${encode}(writer, ${notNull(context, field, local)}, version);`);
    code.line(`else if (${local} === null) ${present}(false);`);
  } else code.line(`if (${local} === null) ${present}(false);`);
  code.block("else", () => {
    code.line(`${present}(true);`);
    code.line(`${encode}(writer, ${local}, version);`);
  });
}

function emitArray(code: Code, context: Context, field: Field, type: ArrayType): void {
  const local = declare(code, context, field);
  const ways = segments(field.versions, (version) => lengthMethodIn(context, field, version));
  choose(code, field.versions, ways, (method, versions) => {
    const writerMethod = method.startsWith("compact") ? "compactArrayLength" : "arrayLength";
    if (field.nullable === undefined) return `writer.${writerMethod}(${local}.length);`;
    if (!contains(field.nullable, versions.last)) {
      return `writer.${writerMethod}(${notNull(context, field, local)}.length);`;
    }
    return `writer.${writerMethod}(${local} === null ? -1 : ${local}.length);`;
  });
  const loop = `for (const item of ${local})`;
  code.block(field.nullable === undefined ? loop : `if (${local} !== null) ${loop}`, () => {
    if (type.element.kind === "struct") {
      code.line(`encode${structName(context, type.element)}(writer, item, version);`);
      return;
    }
    const { name } = type.element;
    const elementWays = segments(field.versions, (version) => methodIn(context, field, name, version));
    choose(code, field.versions, elementWays, (method) => `writer.${method}(item);`);
  });
}

/** One statement a segment, newest first; the last needs no condition. */
function choose(
  code: Code,
  range: Versions,
  ways: readonly (Versions & { readonly what: string })[],
  statement: (what: string, versions: Versions) => string,
): void {
  for (const [index, way] of ways.entries()) {
    const isLast = way.first === range.first;
    const test = isLast ? "" : `if (version >= ${way.first}) `;
    code.line(`${index === 0 ? "" : "else "}${test}${statement(way.what, way)}`);
  }
}

function declare(code: Code, context: Context, field: Field): string {
  const local = localName(field.name);
  code.line(`const ${local} = ${valueExpression(context, field)};`);
  return local;
}

function notNull(context: Context, field: Field, value: string): string {
  return `notNull(${value}, "${field.name}", "${context.message.name}", version)`;
}

function emitTaggedFields(code: Code, context: Context): void {
  const { message, struct } = context;
  const flexible = flexibleVersions(context);
  if (flexible === undefined) return;
  const tagged = taggedFields(context);
  inVersions(code, flexible, struct.versions, () => {
    if (tagged.length === 0) code.line("writer.unknownTaggedFields(value.unknownTaggedFields);");
    else emitKnownAndUnknown(code, context, tagged, flexible);
  });
  if (flexible.first === struct.versions.first) return;
  const refuse = `refuseField("unknownTaggedFields", "${message.name}", version)`;
  code.line(`else if (value.unknownTaggedFields !== undefined) ${refuse};`);
}

function emitKnownAndUnknown(
  code: Code,
  context: Context,
  tagged: readonly Field[],
  flexible: Versions,
): void {
  code.line("const unknown = value.unknownTaggedFields;");
  for (const field of tagged) {
    const test = condition(field.versions, flexible);
    const differs = differsFromDefault(context, field);
    code.line(`const has${field.tag} = ${test === undefined ? differs : `${test} && ${differs}`};`);
  }
  const counts = tagged.map((field) => `(has${field.tag} ? 1 : 0)`).join(" + ");
  code.line(`writer.uvarint(${counts} + (unknown === undefined ? 0 : unknown.length));`);
  for (const field of tagged) {
    code.block(`if (has${field.tag})`, () => {
      code.line(`writer.uvarint(${field.tag});`);
      code.line("const start = writer.beginSized();");
      emitField(code, context, field);
      code.line("writer.endSized(start);");
    });
  }
  code.line(`if (unknown !== undefined) writer.taggedFieldsAfter(${tagged.at(-1)!.tag}, unknown);`);
}
