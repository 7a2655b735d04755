import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { exited, freePort, mustRun, waitUntil } from "../harness/index.ts";
import {
  type ConsumerProject,
  consumerProject,
  publicPackage,
  readmeExample,
  readmeOf,
  typeErrors,
} from "./consumer-project.ts";

const raft = publicPackage("@millrace/raft");

/** The names of all packages of a project. */
function installed({ path }: ConsumerProject): readonly string[] {
  const lock: { readonly packages: Readonly<Record<string, { readonly optional?: boolean }>> } = JSON.parse(
    readFileSync(join(path, "node_modules/.package-lock.json"), "utf8"),
  );
  return Object.entries(lock.packages)
    .filter(([, { optional }]) => optional !== true) // one platform's build of something
    .map(([folder]) => folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length));
}

test("@millrace/raft by itself brings nothing that a core, a log and a driver can do without", async () => {
  await using project = await consumerProject([raft]);
  const nodeTypes = ["@types/node", "undici-types"]; // the project's own
  expect(
    installed(project)
      .filter((name) => !nodeTypes.includes(name))
      .sort(),
  ).toEqual([
    "@bufbuild/protobuf",
    "@millrace/proto",
    "@millrace/raft",
    "@millrace/runtime",
    "@node-rs/crc32",
  ]);
  writeFileSync(
    join(project.path, "import.mjs"),
    `console.log(typeof (await import("${raft.name}")).RaftNode);`,
  );
  const output = await mustRun(process.execPath, ["import.mjs"], { cwd: project.path });
  expect(output.toString()).toBe("function\n");
});

describe("the README of @millrace/raft, in a project with what it says to install", () => {
  const [, names = ""] = /`npm install ((?:@millrace\/[\w-]+ ?)+)`/.exec(readmeOf(raft)) ?? [];
  const keyValues = readmeExample(raft) ?? "";
  let project: ConsumerProject;
  beforeAll(async () => {
    project = await consumerProject(names.trim().split(" ").map(publicPackage));
    writeFileSync(join(project.path, "key-values.mts"), keyValues);
    writeFileSync(join(project.path, "node.mts"), readmeExample(raft, "node.mts") ?? "");
  });
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
  });

  test.each(["nodenext", "bundler"] as const)(
    "has examples that a strict project takes (%s)",
    async (how) => {
      expect(await typeErrors(project, how, ["key-values.mts", "node.mts"])).toBe("");
    },
  );

  test("has a replicated key-value store in under 100 lines, which finds again what it wrote", async () => {
    expect(keyValues.split("\n").length).toBeLessThan(100);
    for (const run of ["first", "second"]) {
      const output = await mustRun(process.execPath, ["key-values.mts"], {
        cwd: project.path,
        timeoutMs: 30_000,
      });
      expect([run, output.toString()]).toEqual([run, "blue round\n"]);
    }
  });

  test("has nodes in processes of their own, which go on when the one that leads is stopped", async () => {
    const ports = await Promise.all([1, 2, 3].map(() => freePort()));
    const nodes = ports.map((_, i) => startNode(project, i + 1, ports));
    const first = await leaderAmong(nodes, "");
    first.child.kill("SIGTERM");
    expect(await exited(first.child)).toMatchObject({ exitCode: 0 });
    const others = nodes.filter((node) => node !== first);
    const second = await leaderAmong(others, first.says);
    expect(second).not.toBe(first);
    for (const { child } of others) child.kill("SIGTERM");
    for (const { child } of others) expect(await exited(child)).toMatchObject({ exitCode: 0 });
  });
});

interface Running {
  readonly child: ChildProcess;
  /** What it has the others say once it leads. */
  readonly says: string;
  readonly lines: readonly string[];
}

function startNode({ path }: ConsumerProject, id: number, ports: readonly number[]): Running {
  const child = spawn(process.execPath, ["node.mts", String(id)], {
    cwd: path,
    env: { ...process.env, PORTS: ports.join(",") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return { child, says: `node ${id} leads`, lines };
}

/** The one that all of them name, behind what they said `before`. */
function leaderAmong(nodes: readonly Running[], before: string): Promise<Running> {
  return waitUntil(
    () => {
      const named = new Set(nodes.map(({ lines }) => lines.slice(lines.lastIndexOf(before) + 1).at(-1)));
      return named.size === 1 ? nodes.find(({ says }) => named.has(says)) : undefined;
    },
    { until: "all nodes name one leader" },
  );
}
