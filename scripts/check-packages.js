// What npm publishes must say what it is, under which licence, and where its entry points are. Part of `workspace:lint`.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.js";

const license = readFileSync(join(root, "LICENSE"), "utf8");
const rootManifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

function* complaintsAbout(folder) {
  const at = (name) => join(root, folder, name);
  const manifest = JSON.parse(readFileSync(at("package.json"), "utf8"));
  for (const field of ["name", "description", "license", "engines", "exports", "files"]) {
    if (manifest[field] === undefined) yield `package.json has no "${field}"`;
  }
  if (manifest.private) yield "package.json is private, so it cannot be published";
  if (manifest.version !== rootManifest.version) yield `has version ${manifest.version}, not the workspace's`;
  if (!existsSync(at("LICENSE"))) yield "has no LICENSE: copy the workspace's";
  else if (readFileSync(at("LICENSE"), "utf8") !== license) yield "has another LICENSE than the workspace";
  if (!existsSync(at("README.md"))) yield "has no README.md";
}

const folders = ["proto", ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`)];
let found = 0;
for (const folder of folders) {
  for (const complaint of complaintsAbout(folder)) {
    console.error(`${folder}: ${complaint}`);
    found++;
  }
}
process.exitCode = found === 0 ? 0 : 1;
