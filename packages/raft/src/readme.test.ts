import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const directory = join(import.meta.dirname, "../test-results");
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "readme-"));
  vi.stubEnv("DATA_DIR", dataDir);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(dataDir, { recursive: true });
});

test("the README's example does what it says", async () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const [, code = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  mkdirSync(directory, { recursive: true });
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...args) => lines.push(args.join(" ")));
  // Twice, on one directory: the second one finds the first one's snapshot or log.
  for (const run of [1, 2]) {
    const file = join(directory, `readme-${run}.ts`);
    writeFileSync(file, code);
    await import(/* @vite-ignore */ file);
  }
  expect(lines).toEqual(["blue round", "blue round"]);
});
