import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const packageRoot = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${packageRoot}/README.md`, "utf8");
const examples = [...readme.matchAll(/```ts\n(.*?)```\n\n```text\n(.*?)```/gs)];

test.each(examples.map(([, code = "", output = ""]) => ({ code, output })))(
  "README example $#",
  ({ code, output }) => {
    const node = spawnSync(
      process.execPath,
      ["--conditions=@millrace/source", "--input-type=module-typescript", "-e", code],
      { cwd: packageRoot, encoding: "utf8" },
    );
    expect(node.stderr).toBe("");
    expect(node.stdout).toBe(output);
  },
);

test("the README has examples", () => {
  expect(examples.length).toBeGreaterThan(0);
});
