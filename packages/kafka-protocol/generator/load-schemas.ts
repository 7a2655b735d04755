import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSchema } from "./parse-schema.ts";
import type { Schema } from "./schema.ts";
import { SchemaError } from "./schema-error.ts";
import { equal } from "./versions.ts";

/** Reads every schema below a folder, in the order of their file names, and checks them against each other. */
export function loadSchemas(folder: string): Schema[] {
  const files = globSync("**/*.kmsg", { cwd: folder }).sort();
  const schemas = files.map((file) => parseSchema(file, readFileSync(join(folder, file), "utf8")));
  const modules = new Set<string>();
  const keys = new Set<number>();
  for (const [index, { module, api, record, messages }] of schemas.entries()) {
    const fail = (text: string): never => {
      throw new SchemaError(files[index]!, 1, text);
    };
    if (modules.has(module)) fail(`a second module ${module}`);
    modules.add(module);
    if (api === undefined && record === undefined) continue;
    const [first, second] = messages;
    if (messages.length !== 2 || first === undefined || second === undefined)
      return fail("two messages expected");
    if (api === undefined) continue;
    if (keys.has(api.key)) fail(`a second api ${api.key}`);
    keys.add(api.key);
    if (!equal(first.versions, second.versions)) fail("request and response have different versions");
    if (first.flexibleFrom !== second.flexibleFrom) fail("request and response differ in flexible versions");
  }
  return schemas;
}
