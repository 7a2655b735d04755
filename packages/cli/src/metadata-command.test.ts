// The command as users run it, on the directory of a node that runs and of one that was stopped.
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@millrace/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Command, start } from "./testing/command.ts";

let directory: string;
/** Laid out as a stack has it. */
let dataDir: string;
let node: Command;

/** What `millrace metadata` printed. */
async function metadata(...args: string[]): Promise<readonly string[]> {
  await using command = new Command(["metadata", ...args, "--data-dir", dataDir]);
  expect([await command.exited, command.stderr]).toEqual([0, []]);
  return command.stdout;
}

async function refusal(...args: string[]): Promise<string> {
  await using command = new Command(["metadata", ...args]);
  expect([await command.exited, command.stdout]).toEqual([1, []]);
  return command.stderr.join("\n");
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "millrace-metadata-"));
  dataDir = join(directory, "controller-1");
  node = start(["--data-dir", dataDir]);
  await using client = connect({ broker: await node.address("grpc") });
  await client.admin.createTopics([{ name: "orders", partitions: 2 }]);
  await client.admin.createTopics([{ name: "gone" }]);
  await client.admin.deleteTopics(["gone"]);
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test("dump says who did what and when, while the node runs", async () => {
  const lines = await metadata("dump");
  expect(lines[0]).toMatch(/^1 {2}1 {2}- {2}- {2}- {2}newLeader {2}\{\}$/);
  const created = lines.find((line) => line.includes("topic orders"));
  expect(created).toMatch(
    /^\d+ {2}1 {2}\d{4}-\d\d-\d\dT[\d:.]+Z {2}User:ANONYMOUS \(.+\) {2}CreateTopics {2}topic orders {2}\{"topicId":"[\w-]{22}","name":"orders"\}$/,
  );
  const [offset] = created!.split("  ");
  const json = (await metadata("dump", "--json", "--from", offset!, "--to", offset!)).map((line) =>
    JSON.parse(line),
  );
  expect(json.map(({ type, topic, request }) => [type, topic, request])).toEqual([
    ["topic", "orders", "CreateTopics"],
    ["partitions", "orders", "CreateTopics"],
  ]);
});

test("show and diff tell what there is, was, and became of it", async () => {
  const log = (await metadata("dump", "--json")).map((line) => JSON.parse(line));
  const last: number = log.at(-1).offset;
  const now = await metadata("show");
  expect(now.filter((line) => line.startsWith("voter "))).toEqual([
    expect.stringMatching(/^voter 1 {2}\{"directoryId":"[\w-]{22}","host":".+","port":\d+\}$/),
  ]);
  expect(now[0]).toMatch(/^# cluster [\w-]{22} at offset \d+, epoch 1$/);
  expect(now.filter((line) => /^(topic|partition) /.test(line)).map((line) => line.split("  ")[0])).toEqual([
    "topic orders",
    "partition orders-0",
    "partition orders-1",
  ]);
  expect((await metadata("show", "--at", "1")).length).toBe(1);
  const diff = await metadata("diff", "--from", String(last - 1));
  expect(diff.slice(2).map((line) => line.split("  ")[0])).toEqual(["- topic gone", "- partition gone-0"]);
});

test("a directory is left as it was, and without one to read there is one line that says why", async () => {
  node.process.kill("SIGTERM");
  expect(await node.exited).toBe(0);
  const files = async () => {
    const names = (await readdir(dataDir, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    const contents = names.map(async (one) => [
      join(one.parentPath, one.name),
      (await readFile(join(one.parentPath, one.name))).toString("base64"),
    ]);
    return Object.fromEntries(await Promise.all(contents));
  };
  const before = await files();
  expect((await metadata("show")).length).toBeGreaterThan(3);
  expect(await files()).toEqual(before);

  const nowhere = join(directory, "nowhere");
  expect(await refusal("show", "--data-dir", nowhere)).toBe(
    `millrace: data directory ${nowhere}: it does not exist; give the directory of a controller (--data-dir)`,
  );
  const second = join(directory, "controller-2");
  await cp(dataDir, second, { recursive: true });
  expect(await refusal("dump", "--data-dir", directory)).toBe(
    `millrace: data directory ${directory}: it holds no metadata log; give ${dataDir} or ${second} (--data-dir)`,
  );
  expect(await refusal("dump", "--data-dir", join(dataDir, "__cluster_metadata"))).toMatch(
    /^millrace: data directory .*: it holds no metadata log; give the directory of a controller \(--data-dir\)$/,
  );
  expect(await refusal("show", "--at", "99999", "--data-dir", dataDir)).toMatch(
    /^millrace: OFFSET_OUT_OF_RANGE: offset 99999 cannot be shown: there is metadata from offset 0 to \d+$/,
  );
  expect(await refusal("diff", "--from", "x", "--data-dir", dataDir)).toMatch(/^millrace: .*Not an offset/);
});
