// `npm run simulate -- --seeds N`: installs and builds what is missing, then simulates. `--help` says what else.
import { join } from "node:path";
import { ensureInstalled, projectNode, root, run, stopChildren } from "./workspace.js";

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stopChildren);

await ensureInstalled();
const nx = join(root, "node_modules/nx/dist/bin/nx.js");
const built = await run(projectNode(), [nx, "run", "@millrace/simulator:build", "--outputStyle=static"], {
  stdout: "stderr",
});
if (built !== 0) process.exit(built);
const main = join(root, "packages/simulator/dist/cli/main.js");
process.exit(await run(projectNode(), ["--enable-source-maps", main, ...process.argv.slice(2)]));
