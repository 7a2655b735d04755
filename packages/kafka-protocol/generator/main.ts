import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emitModule } from "./emit-module.ts";
import { emitAll, emitApiTable } from "./emit-registry.ts";
import { loadSchemas } from "./load-schemas.ts";

// Writes src/generated from schemas/. Files that did not change are left alone, so that compilers that watch
// or cache by time have nothing to do.
const root = join(import.meta.dirname, "..");
const output = join(root, "src", "generated");

const schemas = loadSchemas(join(root, "schemas"));
const files = new Map(schemas.map((schema) => [`${schema.module}.ts`, emitModule(schema)]));
files.set("api-keys.ts", emitApiTable(schemas));
files.set("all.ts", emitAll(schemas));

mkdirSync(output, { recursive: true });
const existing = new Set(readdirSync(output));
for (const name of existing) if (!files.has(name)) rmSync(join(output, name));
for (const [name, text] of files) {
  const path = join(output, name);
  if (!existing.has(name) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);
}
