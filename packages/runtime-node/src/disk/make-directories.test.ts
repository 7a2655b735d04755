import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeDirectories } from "./make-directories.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "make-directories-"));
});
afterEach(() => rm(root, { recursive: true }));

test("makes what is missing, as often as it is asked", async () => {
  const path = join(root, "a", "b", "c");
  await Promise.all([makeDirectories(path), makeDirectories(path)]);
  await makeDirectories(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

test.each([["file"], ["file", "below"]])("says which file is in the way of %s", async (...names) => {
  await writeFile(join(root, "file"), "");
  await expect(makeDirectories(join(root, ...names))).rejects.toMatchObject({
    code: "EXISTS",
    path: join(root, ...names),
    message: `${join(root, ...names)}: ${join(root, "file")} is a file, and a directory is needed there`,
  });
});

test.runIf(process.platform === "linux")("gives up where no directory can be made", async () => {
  await expect(makeDirectories("/proc/millrace/data")).rejects.toMatchObject({
    code: "DENIED",
    message: "/proc/millrace/data: no directory can be made in /proc",
  });
});
