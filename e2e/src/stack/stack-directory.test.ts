import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandResult, isRunning, stackCommand, temporaryDirectory } from "../harness/index.ts";

let scratch: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  scratch = await temporaryDirectory();
});
afterAll(async () => {
  await scratch[Symbol.asyncDispose]();
});

function expectRefusal({ exitCode, stdout, stderr }: CommandResult, says: RegExp): void {
  expect(stderr.split("\n")).toEqual([expect.stringMatching(says), ""]);
  expect(stdout.toString()).toBe("");
  expect(exitCode).toBe(1);
}

test("--detach leaves them running; the pid of another process is not taken for one of theirs", async () => {
  const dir = join(scratch.path, "detached");
  const started = await stackCommand("--data-dir", dir, "--brokers", "0", "--detach");
  expect(started.stdout.toString()).toMatch(/\nready: 1 processes of cluster [\w-]{22}, in /);
  const file = join(dir, "stack.json");
  const listed = JSON.parse(readFileSync(file, "utf8"));
  const controller = listed.processes[0].pid;
  expect(isRunning(controller)).toBe(true);

  // As if the controller had ended and the system had given its pid to this very process.
  const stale = structuredClone(listed);
  stale.processes[0].pid = process.pid;
  writeFileSync(file, JSON.stringify(stale));
  expect((await stackCommand("status", "--data-dir", dir)).stdout.toString()).toMatch(
    /^1 {2}controller {2}died /,
  );
  expectRefusal(await stackCommand("kill", "1", "--data-dir", dir), /controller-1 does not run/);

  writeFileSync(file, JSON.stringify(listed));
  expect((await stackCommand("stop", "--data-dir", dir)).stdout.toString()).toMatch(/^stopped: /);
  expect(isRunning(controller)).toBe(false);
});

test("a port in use is named, and nothing is made", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const dir = join(scratch.path, "taken");
  expectRefusal(
    await stackCommand("--data-dir", dir, "--base-port", String(port)),
    new RegExp(`127.0.0.1:${port} is in use by another process; choose another --base-port`),
  );
  other.close();
  expectRefusal(await stackCommand("status", "--data-dir", dir), /there is no stack in .*taken/);
});

test("a directory of something else is left alone", async () => {
  const dir = join(scratch.path, "thesis");
  mkdirSync(dir);
  writeFileSync(join(dir, "thesis.tex"), "");
  expectRefusal(await stackCommand("--data-dir", dir), /holds other files \(thesis.tex\) and no stack.json/);
  writeFileSync(join(dir, "stack.json"), '{"name":"a stack of paper"}');
  for (const action of [[], ["status"], ["stop"], ["kill", "1"]]) {
    expectRefusal(await stackCommand(...action, "--data-dir", dir), /stack.json is not the file of a stack/);
  }
});

test.each([
  [["--controllers", "0"], /--controllers .*'0' is invalid/],
  [["--base-port", "http"], /--base-port .*'http' is invalid/],
  [["--set", "num.partition=2"], /num.partition: there is no such config; did you mean num.partitions\?/],
  [["destroy"], /unknown command 'destroy'|too many arguments/],
])("refused: %j", async (args, says) => {
  expectRefusal(await stackCommand(...args, "--data-dir", join(scratch.path, "never")), says);
});

test("a stack that is there is not laid out anew", async () => {
  const dir = join(scratch.path, "small");
  await stackCommand("--data-dir", dir, "--brokers", "0", "--detach");
  await stackCommand("stop", "--data-dir", dir);
  expectRefusal(
    await stackCommand("--data-dir", dir, "--controllers", "3"),
    /has 1 controllers; leave --controllers out/,
  );
  expectRefusal(
    await stackCommand("--data-dir", dir, "--base-port", "9092"),
    /leave --base-port, --host and --set out/,
  );
});

test("a process that cannot start says why, and no other is left", async () => {
  const dir = join(scratch.path, "broken");
  await stackCommand("--data-dir", dir, "--detach");
  await stackCommand("stop", "--data-dir", dir);
  const config = join(dir, "config", "broker-101.yaml");
  writeFileSync(config, `${readFileSync(config, "utf8")}num.partitons: 3\n`);
  const refused = await stackCommand("--data-dir", dir);
  expectRefusal(refused, /broker-101 did not start: .*num.partitons: there is no such config; did you mean/);
  const { processes } = JSON.parse(readFileSync(join(dir, "stack.json"), "utf8"));
  expect(processes.map(({ pid }: { pid: number | null }) => pid)).toEqual([null, null]);
});
