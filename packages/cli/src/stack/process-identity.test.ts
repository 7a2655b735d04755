import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { identify } from "./process-identity.ts";

test("a process is itself for as long as it runs, and nobody afterwards", async () => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  const exited = once(child, "exit");
  const pid = child.pid!;
  const first = await identify(pid);
  expect(first).toMatchObject({ startedAt: expect.stringMatching(/\d/), isPaused: false });
  expect(await identify(pid)).toEqual(first);
  child.stdin.end();
  await exited;
  expect(await identify(pid)).toBeUndefined();
});

test("processes that run at once are told apart", async () => {
  const [own, parent] = [await identify(process.pid), await identify(process.ppid)];
  expect(own).toBeDefined();
  expect(own?.startedAt).not.toBe(parent?.startedAt);
});
