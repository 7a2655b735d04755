import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

const directory = join(import.meta.dirname, "../test-results");
test("the README's example does what it says", async () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const [, code = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  mkdirSync(directory, { recursive: true });
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...args) => lines.push(args.join(" ")));
  const file = join(directory, "readme.ts");
  writeFileSync(file, code);
  await import(/* @vite-ignore */ file);
  log.mockRestore();
  expect(lines).toEqual(["fulfilled,rejected 70", "100"]);
});
