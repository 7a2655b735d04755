import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the README's example runs", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1];
  expect(example).toBeDefined();
  // In the package, so that its imports are found as they would be from outside.
  const results = join(import.meta.dirname, "../test-results");
  mkdirSync(results, { recursive: true });
  const directory = mkdtempSync(join(results, "readme-"));
  try {
    const file = join(directory, "example.ts");
    writeFileSync(file, example!);
    const output = execFileSync(process.execPath, ["--conditions=@millrace/source", file], {
      encoding: "utf8",
    });
    expect(output).toMatch(/^orders at offset \d+\n1\n$/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
