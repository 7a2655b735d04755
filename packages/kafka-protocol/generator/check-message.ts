import type { Field, Message } from "./schema.ts";

/** Refuses what the generated code could not do: see the messages. */
export function checkMessage(message: Message, fail: (text: string) => never): void {
  const names = message.structs.map((struct) => struct.name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) fail(`${message.name}: structure ${repeated} twice`);
  for (const { name, fields } of message.structs) {
    for (const field of fields) {
      if (fields.filter((other) => other.name === field.name).length > 1)
        fail(`${name}: field ${field.name} twice`);
      const type = field.type.kind === "array" ? field.type.element : field.type;
      if (type.kind === "struct" && !names.includes(type.name)) fail(`${name}: no structure ${type.name}`);
      if (field.tag !== undefined) checkTagged(name, field, message.flexibleFrom, fail);
    }
    // So unknown tags, which are kept, always come after the known ones.
    const tags = fields.flatMap((field) => field.tag ?? []).sort((a, b) => a - b);
    if (tags.some((tag, index) => tag !== index)) fail(`${name}: tags are not 0, 1, 2, ...`);
  }
}

function checkTagged(
  struct: string,
  field: Field,
  flexibleFrom: number | undefined,
  fail: (text: string) => never,
): void {
  if (flexibleFrom === undefined || field.versions.first < flexibleFrom) {
    fail(`${struct}: ${field.name} has a tag in versions that are not flexible`);
  }
  // A sized section is written in place, which spliced buffers would break.
  if (field.type.kind === "primitive" && field.type.name === "records") {
    fail(`${struct}: records cannot be in a tagged field`);
  }
}
