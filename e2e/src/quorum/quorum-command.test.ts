// `millrace quorum` on three controllers and a broker, each a process of its own.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { millrace } from "../commands/launch.ts";
import { waitUntil } from "../harness/index.ts";
import { BROKER, QuorumUnderTest } from "./quorum-under-test.ts";

let quorum: QuorumUnderTest;
beforeAll(async () => {
  quorum = await QuorumUnderTest.start();
});
afterAll(async () => {
  await quorum[Symbol.asyncDispose]();
});

/** What it printed; it has to go well. */
async function command(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await millrace(["quorum", ...args, "--data-dir", quorum.stack.dir]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return stdout.toString();
}

async function refusal(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await millrace(["quorum", ...args]);
  expect([exitCode, stdout.toString()]).toEqual([1, ""]);
  expect(stderr.split("\n")).toHaveLength(2);
  return stderr;
}

interface Member {
  readonly nodeId: number;
  readonly directoryId: string;
  readonly lag: number;
}

async function described() {
  const { leaderId, voters, observers } = JSON.parse(await command("describe", "--json"));
  const members = { voters: voters as Member[], observers: observers as Member[] };
  const ids = (all: readonly Member[]) => all.map(({ nodeId }) => nodeId).sort((a, b) => a - b);
  return { leaderId, ...members, voterIds: ids(voters), observerIds: ids(observers) };
}

const following = (nodeId: number, directoryId: string) =>
  waitUntil(
    async () =>
      (await described()).observers.some((one) => one.nodeId === nodeId && one.directoryId === directoryId),
    { until: `controller ${nodeId} follows` },
  );

/** Those that `millrace stack status` marks. */
async function markedActive(): Promise<readonly number[]> {
  const lines = (await quorum.stack.act("status")).split("\n");
  return lines.filter((line) => / ready +active /.test(line)).map((line) => Number.parseInt(line, 10));
}

test("describe says who leads, votes and follows, through a stack or an address", async () => {
  const { leaderId, voters, voterIds, observerIds } = await described();
  expect([voterIds, observerIds]).toEqual([[1, 2, 3], [BROKER]]);
  expect(voters.map((one) => one.directoryId)).toEqual(voters.map((one) => quorum.directoryId(one.nodeId)));
  const { stdout } = await millrace([
    ...["quorum", "describe", "--bootstrap", quorum.stack.address(BROKER, "grpc")],
  ]);
  const [status, headings, leader, ...others] = stdout.toString().trimEnd().split("\n");
  expect(status).toMatch(new RegExp(`^leader ${leaderId}, term \\d+, high watermark \\d+$`));
  expect(headings).toMatch(/^id +directory +endpoint +log end +lag +last fetch +last caught up$/);
  expect(leader).toMatch(
    new RegExp(
      `^${leaderId} +leader +[\\w-]{22} +${quorum.stack.address(leaderId, "grpc")} +\\d+ +0 +0 ms ago`,
    ),
  );
  expect(others.map((line) => line.split(/ +/)[1])).toEqual(["voter", "voter", "observer"]);
});

test("move makes a voter active, the named one or another, and the stack's status marks it", async () => {
  for (const nodeId of [1, 2, 3]) {
    expect(await command("move", String(nodeId))).toContain(`controller ${nodeId} is the active one`);
    expect((await described()).leaderId).toBe(nodeId);
    // A controller says of itself that it is active once it has taken over all of it.
    await waitUntil(async () => (await markedActive()).join() === String(nodeId), {
      until: `only controller ${nodeId} is marked`,
    });
  }
  expect(await command("move")).toMatch(/^moved: controller [12] is the active one, 3 was\n$/);
});

test("a voter is removed, also the active one, follows, and is added again by its id", async () => {
  const { leaderId } = await described();
  const removed = await command("remove", String(leaderId));
  const directoryId = quorum.directoryId(leaderId);
  expect(removed).toBe(
    `removed: controller ${leaderId}, with directory ${directoryId}, is no voter any more\n`,
  );
  expect((await described()).voterIds).toEqual([1, 2, 3].filter((id) => id !== leaderId));
  await following(leaderId, directoryId);
  expect(await refusal("move", String(leaderId), "--data-dir", quorum.stack.dir)).toContain(
    `controller ${leaderId} follows without a vote`,
  );
  const endpoint = quorum.stack.address(leaderId, "grpc");
  expect(await command("add", String(leaderId))).toBe(
    `added: controller ${leaderId} at ${endpoint} is a voter, with directory ${directoryId}\n`,
  );
  const { voterIds, observerIds } = await described();
  expect([voterIds, observerIds]).toEqual([[1, 2, 3], [BROKER]]);
});

test("one that lost its disk is replaced by what the refusals say", async () => {
  const { leaderId } = await described();
  const wiped = quorum.controllers.find((nodeId) => nodeId !== leaderId)!;
  const before = quorum.directoryId(wiped);
  quorum.kill(wiped);
  rmSync(quorum.stack.process(wiped).dataDir, { recursive: true });
  await quorum.restart(wiped);
  const now = quorum.directoryId(wiped);
  await following(wiped, now);
  const at = ["--data-dir", quorum.stack.dir];
  expect(await refusal("add", String(wiped), ...at)).toContain(
    `follows with directory ${now}, but votes with ${before}, the one it had before; remove that one first`,
  );
  expect(await refusal("remove", String(wiped), "--directory-id", now, ...at)).toContain(
    `controller ${wiped} votes with directory ${before}, not with ${now}`,
  );
  await command("remove", String(wiped), "--directory-id", before);
  await command("add", String(wiped), "--directory-id", now);
  const { voters, voterIds } = await described();
  expect(voterIds).toEqual([1, 2, 3]);
  expect(voters.find(({ nodeId }) => nodeId === wiped)?.directoryId).toBe(now);
});

test("controllers answer too, the active one or another, when no broker is in service", async () => {
  await quorum.stack.act("kill", BROKER);
  for (const controller of quorum.controllers) {
    const { exitCode, stdout } = await millrace([
      ...["quorum", "move", String(controller), "--bootstrap", quorum.stack.address(1, "grpc")],
    ]);
    expect([exitCode, stdout.toString()]).toEqual([
      0,
      expect.stringContaining(`controller ${controller} is`),
    ]);
  }
  const { voterIds } = await described();
  expect(voterIds).toEqual([1, 2, 3]);
  await quorum.stack.act("restart", BROKER);
});

test("a controller answers although the active one stands still", async () => {
  const { leaderId } = await described();
  const other = quorum.controllers.find((nodeId) => nodeId !== leaderId)!;
  quorum.pause(leaderId);
  const { exitCode, stdout } = await millrace([
    ...["quorum", "describe", "--json", "--bootstrap", quorum.stack.address(other, "grpc")],
  ]);
  quorum.resume(leaderId);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout.toString()).leaderId).not.toBe(leaderId);
});

test("what cannot be done is refused in one line that says what can", async () => {
  const at = ["--data-dir", quorum.stack.dir];
  expect(await refusal("remove", "9", ...at)).toContain("no voter 9 in the quorum; the voters are 1, 2, 3");
  expect(await refusal("add", "9", ...at)).toContain("no controller 9 follows the quorum");
  expect(await refusal("add", String(BROKER), ...at)).toContain(`node ${BROKER} is a broker`);
  expect(await refusal("describe", "--bootstrap", quorum.bootstrap)).toContain("not Kafka's");
});
