// Installs and builds what is missing, then becomes the `millrace` command: for npm scripts on a fresh clone.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt, ensureInstalled, projectNode, root, stopChildren } from "./workspace.js";

const launcher = join(root, "packages/cli/bin/millrace.js");

/** Runs `millrace NAME` with this process's arguments. */
export async function runMillrace(name) {
  const args = [name, ...process.argv.slice(2)];
  let stopping = false;
  function stopEarly() {
    stopping = true;
    stopChildren();
  }
  process.on("SIGTERM", stopEarly).on("SIGINT", stopEarly);

  try {
    await ensureInstalled();
    if (!stopping) await ensureBuilt("millrace", "cli");
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
    process.argv = [process.execPath, launcher, ...args];
    await import(pathToFileURL(launcher).href);
  } else {
    // The first start of a fresh clone on an older Node. A signal to the whole group reaches the child twice,
    // which it knows how to take.
    const child = spawn(node, [launcher, ...args], { stdio: "inherit" });
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
}
