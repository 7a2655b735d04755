import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { apiCodecs, logRecordCodecs, messageCodecs } from "./generated/all.ts";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

test("the example runs and prints what it says", async () => {
  const example = /```ts\n(.*?)```/s.exec(readme)![1]!;
  const folder = join(root, "test-results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "readme-example.ts");
  writeFileSync(file, example);
  const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import(file);
  const lines = print.mock.calls.map(([line]) => `// ${line}`);
  print.mockRestore();
  expect(lines).not.toEqual([]);
  expect(example.trim().split("\n").slice(-lines.length)).toEqual(lines);
});

test("the counts are right", () => {
  const messages = apiCodecs.flatMap(({ request, response }) => [request, response]);
  const versions = apiCodecs.reduce(
    (sum, { minVersion, maxVersion }) => sum + maxVersion - minVersion + 1,
    0,
  );
  expect(readme).toContain(
    `${apiCodecs.length} APIs, ${messages.length} requests and responses in ${versions * 2} versions`,
  );
  const others = messageCodecs.length - messages.length - logRecordCodecs.length * 2;
  expect(readme).toContain(
    `${logRecordCodecs.length} coordinator records, ${others} headers and inner messages`,
  );
});
