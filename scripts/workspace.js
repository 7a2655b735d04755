// Plain JavaScript for Node 20: on a fresh clone nothing else is there yet.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const nodeMajorMin = 24;

/** The Node that the lock file brings, or this one where it is new enough. */
export function projectNode() {
  const locked = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(locked)) return locked;
  if (Number(process.versions.node.split(".")[0]) >= nodeMajorMin) return process.execPath;
  throw new Error(
    `Millrace needs Node ${nodeMajorMin} or newer. This is ${process.version}, and no locked Node was installed for ` +
      `${process.platform}-${process.arch}: install Node 26 and try again.`,
  );
}

/** Environment in which npm scripts and their children find the project's Node and tools. */
export function toolEnvironment() {
  return {
    ...process.env,
    PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    NX_DAEMON: "false",
    NX_TUI: "false",
    NX_NO_CLOUD: "true",
  };
}

const children = new Set();

/** Where a tool's standard output and error go. Standard output belongs to the node that is started. */
const outputs = {
  inherit: ["inherit", "inherit"],
  stderr: [2, "inherit"],
  /** To standard error, when the tool has failed. */
  held: ["pipe", "pipe"],
};

/** Runs a command to its end. Resolves with the exit code. */
export function run(command, args, { output = "inherit", env = toolEnvironment() } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", ...outputs[output]], env });
    children.add(child);
    const held = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => held.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      children.delete(child);
      if (code !== 0 && signal === null) process.stderr.write(Buffer.concat(held));
      resolve(signal === null ? code : 1);
    });
  });
}

/** Ends what `run` started; for a signal that arrives while something is being installed or built. */
export function stopChildren() {
  for (const child of children) child.kill("SIGTERM");
}

async function must(what, command, args, output) {
  const code = await run(command, args, { output });
  if (code !== 0) throw new Error(`${what} failed with exit code ${code}; what it printed is above.`);
}

/** Whether npm has put in place what the lock file asks for, as it says itself when it is done, by whichever command. */
function isInstalled(locked) {
  const done = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(done)) return false;
  const installed = JSON.parse(readFileSync(done, "utf8")).packages;
  return Object.entries(locked.packages).every(([path, { version, link, optional, devOptional, peer }]) => {
    if (!path.includes("node_modules/") || link) return true;
    const there = installed[path];
    return there === undefined ? Boolean(optional || devOptional || peer) : there.version === version;
  });
}

/** Installs the locked packages unless they are there: `npm ci` begins by removing all that is. */
export async function ensureInstalled() {
  const stamp = join(root, "node_modules", ".millrace-lock-hash");
  const lock = readFileSync(join(root, "package-lock.json"));
  const lockHash = createHash("sha256").update(lock).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lockHash) return;
  if (!isInstalled(JSON.parse(lock.toString("utf8")))) {
    console.error("millrace: installing locked packages (npm ci)");
    const npm = process.env.npm_execpath;
    // Among what is installed is the Node that all of it runs on: that this one may be too old is no news to anybody.
    const args = ["ci", "--loglevel=error"];
    if (npm?.endsWith(".js")) await must("npm ci", process.execPath, [npm, ...args], "stderr");
    else await must("npm ci", "npm", args, "stderr");
  }
  writeFileSync(stamp, lockHash);
}

function newestChange(folder, newest = 0) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (
      entry.name === "generated" ||
      entry.name === "dist" ||
      entry.name === "node_modules" ||
      entry.name === "fixtures"
    )
      continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = newestChange(path, newest);
    else if (!entry.name.endsWith(".test.ts")) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

/** Builds a package, the `millrace` command or `@millrace/simulator`, and what it stands on, unless no source changed since. */
export async function ensureBuilt(name, folder) {
  const stamp = join(root, ".millrace", `built-${folder}`);
  const changed = Math.max(
    newestChange(join(root, "packages")),
    newestChange(join(root, "proto")),
    statSync(join(root, "package-lock.json")).mtimeMs,
  );
  if (
    existsSync(stamp) &&
    statSync(stamp).mtimeMs >= changed &&
    existsSync(join(root, "packages", folder, "dist"))
  )
    return;
  console.error("millrace: building (half a minute at first)");
  const nx = join(root, "node_modules/nx/dist/bin/nx.js");
  await must("the build", projectNode(), [nx, "run", `${name}:build`, "--outputStyle=static"], "held");
  mkdirSync(join(root, ".millrace"), { recursive: true });
  writeFileSync(stamp, "");
  // Made to look as old as the newest source it was built from, to the next millisecond: a change during the build is not
  // missed, and times that file systems round down do not look older.
  const builtFrom = (Math.floor(changed) + 1) / 1000;
  utimesSync(stamp, builtFrom, builtFrom);
}
