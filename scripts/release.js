// `npm run release -- VERSION [--dry-run]`: one version for every package, and a changelog section from `changes/`.
// It commits and tags nothing: look at the diff, commit it, then publish with `npm publish --workspaces`.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.js";

const kinds = ["added", "changed", "fixed", "removed"];

function readChanges() {
  const files = readdirSync(join(root, "changes"))
    .filter((name) => name !== "README.md")
    .sort();
  return files.map((name) => {
    const kind = name.split(".").at(-2);
    if (!name.endsWith(".md") || !kinds.includes(kind)) {
      throw new Error(`changes/${name}: the name must be <slug>.<${kinds.join("|")}>.md`);
    }
    return { name, kind, text: readFileSync(join(root, "changes", name), "utf8").trim() };
  });
}

function section(version, changes) {
  const parts = [`## ${version} (${new Date().toISOString().slice(0, 10)})`];
  for (const kind of kinds) {
    const ofKind = changes.filter((change) => change.kind === kind);
    if (ofKind.length === 0) continue;
    parts.push(`### ${kind[0].toUpperCase()}${kind.slice(1)}`);
    parts.push(ofKind.map(({ text }) => `- ${text.replaceAll("\n", "\n  ")}`).join("\n"));
  }
  return `${parts.join("\n\n")}\n`;
}

/** Every workspace, and every dependency of one on another, gets the version exactly: they are tested together only. */
function setVersion(folder, version) {
  const file = join(root, folder, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  manifest.version = version;
  for (const field of ["dependencies", "devDependencies", "peerDependencies"]) {
    for (const name of Object.keys(manifest[field] ?? {})) {
      if (name === "millrace" || name.startsWith("@millrace/")) manifest[field][name] = version;
    }
  }
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

function release(version, dryRun) {
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version ?? "")) {
    throw new Error("usage: npm run release -- VERSION [--dry-run], VERSION like 1.2.3 or 1.2.3-rc.1");
  }
  const changes = readChanges();
  if (changes.length === 0) throw new Error("nothing to release: changes/ is empty");
  const text = section(version, changes);
  if (dryRun) return console.log(text);
  const changelog = join(root, "CHANGELOG.md");
  const [head, ...older] = readFileSync(changelog, "utf8").split(/^(?=## )/m);
  writeFileSync(changelog, [head, `${text}\n`, ...older].join(""));
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  for (const folder of [".", "proto", "e2e", "bench", ...packages]) setVersion(folder, version);
  for (const { name } of changes) rmSync(join(root, "changes", name));
  execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts"], {
    cwd: root,
    stdio: "inherit",
  });
}

try {
  const args = process.argv.slice(2);
  release(
    args.find((argument) => !argument.startsWith("--")),
    args.includes("--dry-run"),
  );
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exit(1);
}
