import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun, temporaryDirectory } from "../harness/index.ts";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface PublicPackage {
  readonly name: string;
  /** Relative to the workspace. */
  readonly folder: string;
  /** What can be imported, by the names that one imports. Without what is for tests, which needs a test runner. */
  readonly entries: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** Everything that is published. */
export const publicPackages: readonly PublicPackage[] = [
  "proto",
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`),
].flatMap((folder) => {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  if (manifest.private === true) return [];
  const entries = Object.keys(manifest.exports)
    .filter((entry) => !entry.endsWith(".json") && !entry.includes("*") && entry !== "./testing")
    .map((entry) => manifest.name + entry.slice(1));
  return [{ name: manifest.name, folder, entries }];
});

/** An empty project into which the packages are installed as they would be from a registry. */
export async function consumerProject(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  const workspaces = publicPackages.flatMap(({ folder }) => ["-w", folder]);
  await mustRun("npm", ["pack", "--silent", "--pack-destination", path, ...workspaces], { cwd: root });
  const tarballs = readdirSync(path).map((name) => `./${name}`);
  writeFileSync(join(path, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  // Types of Node are what a TypeScript user has anyway.
  const workspace = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const nodeTypes = `@types/node@${workspace.devDependencies["@types/node"]}`;
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await mustRun("npm", ["install", ...flags, ...tarballs, nodeTypes], { cwd: path });
  return directory;
}

/** The first TypeScript example of a package's README; undefined when there is none. */
export function readmeExample({ folder }: PublicPackage): string | undefined {
  const readme = readFileSync(join(root, folder, "README.md"), "utf8");
  return /^```ts\n(.*?)^```/ms.exec(readme)?.[1];
}
