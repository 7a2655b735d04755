import { Code } from "./code.ts";
import { BANNER } from "./emit-module.ts";
import { lowerFirst } from "./names.ts";
import type { Schema } from "./schema.ts";

/** The table of APIs: plain data, so that whoever routes by key does not load every codec. */
export function emitApiTable(schemas: readonly Schema[]): string {
  const code = new Code();
  code.line(BANNER);
  code.line('import type { ApiDescription } from "../message-codec.ts";');
  code.blank();
  const apis = schemas.filter((schema) => schema.api !== undefined).sort((a, b) => a.api!.key - b.api!.key);
  code.line("/** The key of every API, by Kafka's name for it. */");
  code.block(
    "export const ApiKey =",
    () => {
      for (const { api } of apis) code.line(`${api!.name}: ${api!.key},`);
    },
    " as const;",
  );
  code.line("export type ApiName = keyof typeof ApiKey;");
  code.blank();
  code.line("/** Every API, by key. Keys 4 to 7 have no versions any more. */");
  code.line("export const apis: readonly ApiDescription[] = [");
  for (const { api, messages } of apis) {
    const { versions, flexibleFrom, latestVersionUnstable } = messages[0]!;
    const entries = [
      `key: ${api!.key}`,
      `name: "${api!.name}"`,
      `minVersion: ${versions.first}`,
      `maxVersion: ${versions.last}`,
      `flexibleFrom: ${flexibleFrom ?? "Number.POSITIVE_INFINITY"}`,
      `latestVersionUnstable: ${latestVersionUnstable}`,
      `listeners: [${api!.listeners.map((listener) => `"${listener}"`).join(", ")}]`,
    ];
    code.line(`  { ${entries.join(", ")} },`);
  }
  code.line("];");
  return code.toString();
}

/** Every codec in one module, for tools and tests. */
export function emitAll(schemas: readonly Schema[]): string {
  const code = new Code();
  code.line(BANNER);
  code.line('import type { AnyApiCodec, AnyLogRecordCodec, AnyMessageCodec } from "../message-codec.ts";');
  for (const { module, api, record, messages } of schemas) {
    const names = messages.map((message) => `${lowerFirst(message.name)}Codec`);
    if (api !== undefined) names.push(`${lowerFirst(api.name)}Api`);
    if (record !== undefined) names.push(`${lowerFirst(record.name)}Record`);
    code.line(`import { ${names.join(", ")} } from "./${module}.ts";`);
  }
  code.blank();
  const list = (doc: string, name: string, type: string, items: readonly string[]): void => {
    code.line(`/** ${doc} */`);
    code.line(`export const ${name}: readonly ${type}[] = [`);
    for (const item of items) code.line(`  ${item},`);
    code.line("];");
  };
  list(
    "Both messages of every API.",
    "apiCodecs",
    "AnyApiCodec",
    schemas.flatMap(({ api }) => (api ? [`${lowerFirst(api.name)}Api`] : [])),
  );
  list(
    "Every record of a coordinator's log.",
    "logRecordCodecs",
    "AnyLogRecordCodec",
    schemas.flatMap(({ record }) => (record ? [`${lowerFirst(record.name)}Record`] : [])),
  );
  list(
    "Every message, of whatever kind.",
    "messageCodecs",
    "AnyMessageCodec",
    schemas.flatMap(({ messages }) => messages.map(({ name }) => `${lowerFirst(name)}Codec`)),
  );
  return code.toString();
}
