// `npm test`: every check there is. Each nx target counts as one check, each test as one; the last line is the sum.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled, projectNode, root, run } from "./workspace.js";

const workspaces = [
  "proto",
  "e2e",
  "bench",
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`),
];
const targets = ["generate", "build", "typecheck", "lint", "test", "e2e"];

/** Adds up what vitest wrote for each workspace; undefined when a run ended before it could write. */
function readResults(workspace) {
  const file = join(root, workspace, "test-results", "vitest.json");
  if (!existsSync(file)) return undefined;
  const result = JSON.parse(readFileSync(file, "utf8"));
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

await ensureInstalled();
// Results of an earlier run must not be counted for this one; nx puts back those of tests that it need not run again.
for (const workspace of workspaces)
  rmSync(join(root, workspace, "test-results"), { recursive: true, force: true });
const nx = join(root, "node_modules/nx/dist/bin/nx.js");
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const target of targets) {
  // End-to-end tests start real processes and measure nothing, but they want the machine for themselves.
  const parallel = target === "e2e" ? ["--parallel=1"] : [];
  const code = await run(projectNode(), [nx, "run-many", "-t", target, "--outputStyle=static", ...parallel]);
  if (code === 0) sum.passed += 1;
  else sum.failed += 1;
  console.log(`${target}: ${code === 0 ? "passed" : "FAILED"}\n`);
  // What comes after a broken build says nothing new.
  if (code !== 0 && (target === "generate" || target === "build")) break;
}
for (const workspace of workspaces) {
  const result = readResults(workspace);
  if (result === undefined) continue;
  for (const key of Object.keys(sum)) sum[key] += result[key];
  console.log(`${workspace}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`);
}
if (sum.skipped > 0) console.log(`${sum.skipped} skipped: what they need is not on this machine`);
const line = `${sum.passed} passed, ${sum.failed} failed`;
rmSync(join(root, "test-results"), { recursive: true, force: true });
mkdirSync(join(root, "test-results"), { recursive: true });
writeFileSync(join(root, "test-results", "summary.txt"), `${line}\n`);
console.log(line);
process.exit(sum.failed === 0 ? 0 : 1);
