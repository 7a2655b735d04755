import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun, runCommand, temporaryDirectory } from "../harness/index.ts";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface PublicPackage {
  readonly name: string;
  /** Relative to the workspace. */
  readonly folder: string;
  /** The public packages that it depends on, itself included. */
  readonly closure: readonly string[];
  /** What can be imported, by the names that one imports. Without what is for tests, which needs a test runner. */
  readonly entries: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const folders = ["proto", ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`)];

/** By their names; those that are published. */
const manifests = new Map<string, Manifest & { readonly folder: string }>(
  folders
    .map((folder) => {
      const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      return [manifest.name, { ...manifest, folder }] as const;
    })
    .filter(([, manifest]) => manifest.private !== true),
);

/** Everything that is published. */
export const publicPackages: readonly PublicPackage[] = [...manifests].map(([name, { folder, exports }]) => ({
  name,
  folder,
  closure: closureOf(name),
  entries: Object.keys(exports)
    .filter((entry) => !entry.endsWith(".json") && !entry.includes("*") && entry !== "./testing")
    .map((entry) => name + entry.slice(1)),
}));

export function publicPackage(name: string): PublicPackage {
  const one = publicPackages.find((other) => other.name === name);
  if (one === undefined) throw new Error(`${name} is not a public package`);
  return one;
}

function closureOf(name: string): readonly string[] {
  const needs = Object.keys(manifests.get(name)?.dependencies ?? {}).filter((other) => manifests.has(other));
  return [...new Set([name, ...needs.flatMap(closureOf)])];
}

export type ConsumerProject = Awaited<ReturnType<typeof consumerProject>>;

/**
 * An empty project into which packages are installed as they would be from a registry: these, with those of ours that they
 * depend on.
 */
export async function consumerProject(
  packages: readonly PublicPackage[],
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  const names = new Set(packages.flatMap(({ closure }) => closure));
  const workspaces = [...names].flatMap((name) => ["-w", name]);
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

/** What `tsc` has to say about files of the project, with everything strict; empty when it takes them. */
export async function typeErrors(
  { path }: ConsumerProject,
  moduleResolution: "nodenext" | "bundler",
  files: readonly string[],
): Promise<string> {
  const compilerOptions = {
    ...{ module: moduleResolution === "bundler" ? "esnext" : "nodenext", moduleResolution },
    ...{ target: "es2024", lib: ["es2024", "esnext.disposable"], types: ["node"], noEmit: true },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
  };
  writeFileSync(join(path, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const { exitCode, stdout, stderr } = await runCommand(join(root, "node_modules/.bin/tsc"), ["-p", path]);
  return exitCode === 0 ? "" : `${stdout}${stderr}`;
}

/** An example of a package's README: the first one in TypeScript, or the one of that title; undefined when there is none. */
export function readmeExample(of: PublicPackage, title?: string): string | undefined {
  const fence = title === undefined ? "```ts" : `\`\`\`ts title="${title}"`;
  const [, code] = readmeOf(of).split(`\n${fence}\n`);
  return code?.slice(0, code.indexOf("\n```") + 1);
}

export function readmeOf({ folder }: PublicPackage): string {
  return readFileSync(join(root, folder, "README.md"), "utf8");
}
