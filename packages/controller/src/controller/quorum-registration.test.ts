import { RaftError, type Voter } from "@millrace/raft";
import type { Logger } from "@millrace/runtime";
import { expect, test } from "vitest";
import { QuorumChannel } from "../quorum-channel/quorum-channel.ts";
import { testUuid } from "../testing/test-cluster.ts";
import { TestQuorum } from "../testing/test-quorum.ts";
import { QuorumRegistration } from "./quorum-registration.ts";

const port = 9094;
const voterAt = (host: string, directory = 104): Voter => ({
  id: 4,
  directoryId: testUuid(directory),
  endpoint: { host, port },
});
/** Where somebody listens. */
const self = voterAt("b4");

/** A fourth controller that runs beside a quorum of three, and knows these voters. */
async function start(voters: readonly Voter[], autoJoin: boolean) {
  const quorum = await TestQuorum.start([1, 2, 3]);
  await quorum.broker(4).session.untilUnfenced();
  const fifth = quorum.broker(5);
  await fifth.session.untilUnfenced();
  const status = { voters };
  const warnings: string[] = [];
  const logger = { ...quorum.runtime.logger, warn: (_: object, message: string) => warnings.push(message) };
  const connect = quorum.connectAs("controller", 4);
  const channel = new QuorumChannel({ controllers: [2, 3].map((id) => ({ host: `c${id}`, port })), connect });
  const registration = new QuorumRegistration({
    self,
    clusterId: quorum.clusterId,
    quorum: { status },
    channel,
    connect,
    autoJoin,
    runtime: { ...quorum.runtime, logger: logger as unknown as Logger },
  });
  registration.start();
  return {
    quorum,
    status,
    warnings,
    fifth,
    registration,
    [Symbol.asyncDispose]: async () => {
      await registration.close();
      await channel.close();
      await quorum[Symbol.asyncDispose]();
    },
  };
}

test("a voter that came up at another address tells the quorum, once, and finds the active controller without a word", async () => {
  await using run = await start([voterAt("elsewhere")], false);
  const { quorum, status, warnings } = run;
  await quorum.advance(500);
  expect(quorum.log.changes).toEqual([`update 4 ${testUuid(104)} at b4:${port}`]);
  status.voters = [self];
  await quorum.advance(10_000, 500);
  expect(quorum.log.changes).toHaveLength(1);
  expect(warnings).toEqual([]);
});

test("a controller that is no voter joins when it may, once it knows the voters", async () => {
  await using run = await start([], true);
  const { quorum, status } = run;
  await quorum.advance(2_000);
  expect(quorum.log.changes).toEqual([]);
  status.voters = quorum.log.voters;
  await quorum.advance(1_000);
  expect(quorum.log.changes).toEqual([`add 4 ${testUuid(104)} at b4:${port}`]);
});

test("a controller that may not join by itself does not", async () => {
  await using run = await start([voterAt("b4", 99)], false);
  await run.quorum.advance(10_000, 500);
  expect(run.quorum.log.changes).toEqual([]);
});

test.each(["b4", "nowhere"])(
  "with another disk, a controller takes the place of the voter at %s",
  async (host) => {
    await using run = await start([voterAt(host, 99)], true);
    await run.quorum.advance(500);
    const [removed, added] = run.quorum.log.changes;
    expect(removed).toBe(`remove 4 ${testUuid(99)}`);
    expect(added).toBe(`add 4 ${testUuid(104)} at b4:${port}`);
  },
);

test("a controller of the same id that runs elsewhere keeps its place", async () => {
  await using run = await start([voterAt("b5", 99)], true);
  await run.quorum.advance(20_000, 500);
  expect(run.quorum.log.changes).toEqual([]);
  expect(run.warnings).toEqual(["the quorum does not take this controller as it is now, trying again"]);
});

test("closing does not wait for one that may be silent", async () => {
  await using run = await start([voterAt("b5", 99)], true);
  await run.fifth.cutOff("silent");
  await run.quorum.advance(500);
  await run.registration.close();
  expect(run.quorum.log.changes).toEqual([]);
});

test("what the quorum refuses is tried again", async () => {
  await using run = await start([voterAt("elsewhere")], false);
  run.quorum.log.refusals = [new RaftError("UNKNOWN_VOTER"), new RaftError("UNKNOWN_VOTER")];
  await run.quorum.advance(1_000);
  expect(run.quorum.log.changes).toHaveLength(1);
});
