import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/**
 * Runs every `ts` block of a package's README that a `text` block follows, as a program in that package, and expects it
 * to print exactly that and nothing on standard error.
 */
export function runReadmeExamples(packageRoot: string): void {
  const readme = readFileSync(join(packageRoot, "README.md"), "utf8");
  const examples = [...readme.matchAll(/```ts\n(.*?)```\n\n```text\n(.*?)```/gs)];

  test("the README has examples", () => {
    expect(examples.length).toBeGreaterThan(0);
  });

  test.each(examples.map(([, code = "", output = ""]) => ({ code, output })))(
    "README example $#",
    ({ code, output }) => {
      const args = ["--conditions=@millrace/source", "--input-type=module-typescript", "-e", code];
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: packageRoot, encoding: "utf8" });
      expect({ stdout, stderr }).toEqual({ stdout: output, stderr: "" });
    },
  );
}
