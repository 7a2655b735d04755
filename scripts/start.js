// `npm start`: installs and builds what is missing, then runs a combined node. Arguments go to `millrace start`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt, ensureInstalled, projectNode, root, stopChildren } from "./workspace.js";

const command = join(root, "packages/cli/bin/millrace.js");
const args = ["start", ...process.argv.slice(2)];

let stopping = false;
function stopEarly() {
  stopping = true;
  stopChildren();
}
process.on("SIGTERM", stopEarly).on("SIGINT", stopEarly);

try {
  await ensureInstalled();
  if (!stopping) await ensureBuilt();
} catch (error) {
  if (!stopping) {
    console.error(`millrace: ${error.message}`);
    process.exit(1);
  }
}
// Nothing had started, so nothing is lost: the stop that was asked for went well.
if (stopping) process.exit(0);

const node = projectNode();
if (Number(process.versions.node.split(".")[0]) >= 24) {
  // Already on the project's Node: the same process becomes the node. A signal that comes before the command has taken
  // them over ends it.
  for (const signal of ["SIGTERM", "SIGINT"])
    process.off(signal, stopEarly).on(signal, () => process.exit(0));
  process.argv = [process.execPath, command, ...args];
  await import(pathToFileURL(command).href);
} else {
  // The first start of a fresh clone on an older Node. A signal to the whole group reaches the child twice,
  // which it knows how to take.
  const child = spawn(node, [command, ...args], { stdio: "inherit" });
  let asked = false;
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => {
      asked = true;
      child.kill(signal);
    });
  }
  // A signal ends the child only before it has begun anything.
  child.on("close", (code) => process.exit(code ?? (asked ? 0 : 1)));
}
