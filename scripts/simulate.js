// `npm run simulate -- --seeds N`: installs and builds what is missing, then simulates. `--help` says what else.
import { join } from "node:path";
import { ensureBuilt, ensureInstalled, projectNode, root, run, stopChildren } from "./workspace.js";

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stopChildren);

try {
  await ensureInstalled();
  await ensureBuilt("@millrace/simulator", "simulator");
} catch (error) {
  console.error(`simulate: ${error.message}`);
  process.exit(1);
}
const main = join(root, "packages/simulator/dist/cli/main.js");
process.exit(await run(projectNode(), ["--enable-source-maps", main, ...process.argv.slice(2)]));
