#!/usr/bin/env node
// Committed, so that npm can link the command before anything is built; plain JavaScript, so that an old Node
// gets a sentence instead of a syntax error.
import { existsSync, readdirSync, statSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const modifiedMs = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** In the workspace `tsc -b` may have built modules since; installed packages bring no build information. */
function isBundleCurrent() {
  const bundledMs = modifiedMs(path("../dist/bundle/main.js"));
  if (bundledMs === 0) return false;
  const siblings = existsSync(path("../src")) ? readdirSync(path("../..")) : [];
  return siblings.every((name) => modifiedMs(path(`../../${name}/dist/tsconfig.tsbuildinfo`)) <= bundledMs);
}

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(`millrace: Node 24 or newer is needed, this is ${process.version} (${process.execPath}).`);
  process.exit(1);
}
// Asked to stop before anything has begun: that went well. The command takes the signals over.
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
// In a folder of its own: what lies in a shared one could be planted by another user. Not writable: no cache.
module.enableCompileCache(path("../dist/bundle/compile-cache"));
import(isBundleCurrent() ? "../dist/bundle/main.js" : "../dist/main.js").then(
  ({ main }) => main(process.argv.slice(2)),
  (error) => {
    console.error(
      error?.code === "ERR_MODULE_NOT_FOUND" ? "millrace: not built yet; run `npm run build` first." : error,
    );
    process.exit(1);
  },
);
