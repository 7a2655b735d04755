import { Code } from "./code.ts";
import type { Context } from "./context.ts";
import { emitDecode } from "./emit-decode.ts";
import { emitDefault, emitIsDefault, structsWithDefaults } from "./emit-defaults.ts";
import { emitEncode } from "./emit-encode.ts";
import { emitTypes } from "./emit-types.ts";
import { lowerFirst } from "./names.ts";
import type { Message, Schema } from "./schema.ts";

export const BANNER = "// Generated from the schemas by `npm run generate`; edit those.";

/** The names that a module may need, and where they come from. */
const IMPORTS: readonly (readonly [name: string, from: string, type: boolean])[] = [
  ["ApiCodec", "../message-codec.ts", true],
  ["LogRecordCodec", "../message-codec.ts", true],
  ["MessageCodec", "../message-codec.ts", true],
  ["NO_BYTES", "../codec-support.ts", false],
  ["checkVersion", "../codec-support.ts", false],
  ["notNull", "../codec-support.ts", false],
  ["refuseField", "../codec-support.ts", false],
  ["refuseTag", "../codec-support.ts", false],
  ["Reader", "../reader.ts", true],
  ["Int64", "../records/int64.ts", true],
  ["RecordsInput", "../records-input.ts", true],
  ["TaggedField", "../tagged-field.ts", true],
  ["Uuid", "../uuid.ts", true],
  ["ZERO_UUID", "../uuid.ts", false],
  ["Writer", "../writer.ts", true],
];

/** The whole module for one schema file. */
export function emitModule(schema: Schema): string {
  const code = new Code();
  for (const message of schema.messages) {
    emitCodecObject(code, message);
    const defaults = structsWithDefaults(message);
    // A structure comes before those that hold it, so that a default can refer to another one.
    for (const struct of message.structs.toReversed()) {
      const context: Context = { schema, message, struct };
      emitTypes(code, context);
      if (defaults.has(struct.name)) {
        emitDefault(code, context);
        emitIsDefault(code, context);
      }
      emitEncode(code, context);
      emitDecode(code, context);
    }
  }
  emitApiOrRecord(code, schema);
  return `${BANNER}\n${schema.doc.map((line) => `// ${line}\n`).join("")}${imports(code.toString())}\n${code}`;
}

function imports(body: string): string {
  const byFile = new Map<string, string[]>();
  for (const [name, from, type] of IMPORTS) {
    if (!new RegExp(`\\b${name}\\b`).test(body)) continue;
    byFile.set(from, [...(byFile.get(from) ?? []), type ? `type ${name}` : name]);
  }
  return [...byFile].map(([from, names]) => `import { ${names.join(", ")} } from "${from}";\n`).join("");
}

function codecName(message: Message): string {
  return `${lowerFirst(message.name)}Codec`;
}

function emitCodecObject(code: Code, message: Message): void {
  const { name } = message;
  code.block(
    `export const ${codecName(message)}: MessageCodec<${name}, ${name}Input> =`,
    () => {
      code.line(`name: "${name}",`);
      code.line(`kind: "${message.kind}",`);
      emitVersions(code, message);
      code.line(`encode: encode${name},`);
      code.line(`decode: decode${name},`);
    },
    ";",
  );
  code.blank();
}

function emitVersions(code: Code, message: Message): void {
  code.line(`minVersion: ${message.versions.first},`);
  code.line(`maxVersion: ${message.versions.last},`);
  code.line(`flexibleFrom: ${message.flexibleFrom ?? "Number.POSITIVE_INFINITY"},`);
  code.line(`latestVersionUnstable: ${message.latestVersionUnstable},`);
}

function emitApiOrRecord(code: Code, schema: Schema): void {
  const [first, second] = schema.messages as [Message, Message];
  const types = schema.messages.map(({ name }) => `${name}, ${name}Input`).join(", ");
  if (schema.api !== undefined) {
    const { key, name, listeners } = schema.api;
    code.block(
      `export const ${lowerFirst(name)}Api: ApiCodec<${types}> =`,
      () => {
        code.line(`key: ${key},`);
        code.line(`name: "${name}",`);
        emitVersions(code, first);
        code.line(`listeners: [${listeners.map((listener) => `"${listener}"`).join(", ")}],`);
        code.line(`request: ${codecName(first)},`);
        code.line(`response: ${codecName(second)},`);
      },
      ";",
    );
  } else if (schema.record !== undefined) {
    const { type, name, log } = schema.record;
    code.block(
      `export const ${lowerFirst(name)}Record: LogRecordCodec<${types}> =`,
      () => {
        code.line(`type: ${type},`);
        code.line(`name: "${name}",`);
        code.line(`log: "${log}",`);
        code.line(`key: ${codecName(first)},`);
        code.line(`value: ${codecName(second)},`);
      },
      ";",
    );
  }
}
