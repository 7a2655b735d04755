#!/usr/bin/env node
// Committed, so that npm can link the command before anything is built; plain JavaScript, so that an old Node
// gets a sentence instead of a syntax error.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(`millrace: Node 24 or newer is needed, this is ${process.version} (${process.execPath}).`);
  process.exit(1);
}
import("../dist/main.js").then(
  ({ main }) => main(process.argv.slice(2)),
  (error) => {
    console.error(
      error?.code === "ERR_MODULE_NOT_FOUND" ? "millrace: not built yet; run `npm run build` first." : error,
    );
    process.exit(1);
  },
);
