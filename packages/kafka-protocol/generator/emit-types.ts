import type { Code } from "./code.ts";
import { type Context, isOptional, ownName, tsType } from "./context.ts";
import type { Field } from "./schema.ts";
import { equal, type Versions } from "./versions.ts";

/** Writes the interface of a decoded structure and that of one which is to be encoded. */
export function emitTypes(code: Code, context: Context): void {
  const { message, struct } = context;
  const name = ownName(context);
  const isMessage = struct.name === message.name;
  for (const input of [false, true]) {
    if (isMessage)
      code.line(`/** ${name}, versions ${show(message.versions)}${input ? ", to be encoded" : ""}. */`);
    code.block(`export interface ${name}${input ? "Input" : ""}`, () => {
      for (const field of struct.fields) {
        const note = describe(context, field);
        if (note !== "") code.line(`/** ${note} */`);
        const optional = input && isOptional(context, field);
        code.line(
          `readonly ${field.name}${optional ? "?" : ""}: ${tsType(context, field, input)}${optional ? " | undefined" : ""};`,
        );
      }
      if (message.flexibleFrom !== undefined) {
        code.line("readonly unknownTaggedFields?: readonly TaggedField[] | undefined;");
      }
    });
    code.blank();
  }
}

function describe({ struct }: Context, field: Field): string {
  const notes: string[] = [];
  if (field.key) notes.push("Identifies the element.");
  if (!equal(field.versions, struct.versions))
    notes.push(`Versions ${show(field.versions, struct.versions)}.`);
  if (field.nullable !== undefined && !equal(field.nullable, field.versions)) {
    notes.push(`Null in versions ${show(field.nullable, field.versions)} only.`);
  }
  if (field.defaultValue !== undefined) notes.push(`Default ${field.defaultValue}.`);
  return notes.join(" ");
}

function show(versions: Versions, within?: Versions): string {
  if (within !== undefined && versions.last === within.last) return `${versions.first}+`;
  return versions.first === versions.last ? `${versions.first}` : `${versions.first}-${versions.last}`;
}
