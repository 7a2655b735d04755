import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mustRun } from "../harness/index.ts";
import {
  type ConsumerProject,
  consumerProject,
  publicPackages,
  readmeExample,
  typeErrors,
} from "./consumer-project.ts";

let project: ConsumerProject;
beforeAll(async () => {
  project = await consumerProject(publicPackages);
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
});

/** Writes a file into the consumer's project and runs it, on the Node that runs this. */
async function run(name: string, source: string): Promise<string> {
  writeFileSync(join(project.path, name), source);
  const output = await mustRun(process.execPath, [name], { cwd: project.path, timeoutMs: 30_000 });
  return output.toString();
}

const entries = publicPackages.flatMap((one) => one.entries);

describe("packages installed from their tarballs", () => {
  test("can be imported, each entry", async () => {
    const imports = entries.map((entry) => `console.log(Object.keys(await import("${entry}")).length > 0);`);
    const output = await run("import.mjs", imports.join("\n"));
    expect(output.trim().split("\n")).toEqual(entries.map(() => "true"));
  });

  test("can be required from CommonJS, each entry", async () => {
    const requires = entries.map((entry) => `console.log(Object.keys(require("${entry}")).length > 0);`);
    const output = await run("require.cjs", requires.join("\n"));
    expect(output.trim().split("\n")).toEqual(entries.map(() => "true"));
  });

  test.each(["nodenext", "bundler"] as const)("have types that a strict project takes (%s)", async (how) => {
    const imports = entries.map((entry, at) => `import * as entry${at} from "${entry}";`);
    const uses = entries.map((_, at) => `entry${at}`).join(", ");
    writeFileSync(join(project.path, "types.ts"), `${imports.join("\n")}\nexport const all = [${uses}];\n`);
    expect(await typeErrors(project, how, ["types.ts"])).toBe("");
  });

  test("bring the millrace command", async () => {
    const millrace = join(project.path, "node_modules/.bin/millrace");
    expect((await mustRun(millrace, ["--help"])).toString()).toContain("Usage: millrace");
  });

  describe.each(publicPackages.filter(({ entries }) => entries.length > 0))("$name", (one) => {
    test("the first example of its README runs", async () => {
      const example = readmeExample(one);
      if (example === undefined) throw new Error(`the README of ${one.name} has no example`);
      await run(`${one.folder.replaceAll("/", "-")}.mts`, example);
    });
  });
});
