import type { Code } from "./code.ts";
import { type Context, defaultOf, differsFromDefault, ownName } from "./context.ts";
import type { Field, Message } from "./schema.ts";
import { equal } from "./versions.ts";

/** Structures of which a constant with all defaults is needed: fields of their type may be absent. */
export function structsWithDefaults(message: Message): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (field: Field, always: boolean): void => {
    if (field.type.kind !== "struct" || field.defaultValue === "null") return;
    const { name } = field.type;
    if (!always && field.tag === undefined && equalsStruct(message, field)) return;
    names.add(name);
    for (const inner of message.structs.find((struct) => struct.name === name)!.fields) visit(inner, true);
  };
  for (const struct of message.structs) for (const field of struct.fields) visit(field, false);
  return names;
}

function equalsStruct(message: Message, field: Field): boolean {
  const owner = message.structs.find((struct) => struct.fields.includes(field))!;
  return equal(owner.versions, field.versions);
}

/** Writes the test whether a structure holds nothing but defaults. */
export function emitIsDefault(code: Code, context: Context): void {
  const { message, struct } = context;
  const name = ownName(context);
  const tests = struct.fields.map((field) => `!(${differsFromDefault(context, field)})`);
  if (message.flexibleFrom !== undefined) tests.push("value.unknownTaggedFields === undefined");
  code.block(`function isDefault${name}(value: ${name}Input): boolean`, () => {
    code.line(`if (value === default${name}) return true;`);
    code.line(`return ${tests.join(" && ")};`);
  });
  code.blank();
}

/** Writes the constant that stands for a structure of defaults; it is shared, so it is frozen. */
export function emitDefault(code: Code, context: Context): void {
  const name = ownName(context);
  const entries = context.struct.fields.map((field) => `${field.name}: ${defaultOf(context, field)}`);
  code.line(`const default${name}: ${name} = Object.freeze({ ${entries.join(", ")} });`);
  code.blank();
}
