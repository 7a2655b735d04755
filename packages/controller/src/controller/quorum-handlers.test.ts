import { ControllerService } from "@millrace/proto/controller";
import { RaftError, type RaftErrorCode } from "@millrace/raft";
import { ApiError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { readableRecord } from "../metadata-log/record-json.ts";
import { settled, testUuid } from "../testing/test-cluster.ts";
import { TestQuorum } from "../testing/test-quorum.ts";

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => (error instanceof ApiError ? error : undefined),
  );

const directoryId = Buffer.from(testUuid(104), "base64url");
const fourth = { nodeId: 4, directoryId, host: "b4", port: 9094 };

/** Three controllers, and somebody who listens where the 4th would. */
async function start() {
  const quorum = await TestQuorum.start([1, 2, 3]);
  await quorum.broker(4).session.untilUnfenced();
  return { quorum, admin: quorum.channel(2).client(ControllerService) };
}

test("voters are added and removed by id and directory", async () => {
  const { quorum, admin } = await start();
  await using _ = quorum;
  await admin.addRaftVoter({ ...fourth, clusterId: quorum.clusterId });
  await admin.removeRaftVoter({ nodeId: 4, directoryId });
  expect(quorum.log.changes).toEqual([`add 4 ${testUuid(104)} at b4:9094`, `remove 4 ${testUuid(104)}`]);
});

const alice = { principal: "User:alice", clientId: "her-tool" };

/** What the log says of changes of the quorum that were asked for: "AddRaftVoter of User:alice (her-tool) at 5: ...". */
function askedFor({ controllers }: TestQuorum): string[] {
  const lines: string[] = [];
  controllers.get(2)!.onCommit(({ batches = [] }) => {
    for (const record of batches.flatMap(({ decoded }) => decoded)) {
      const { type, fields } = readableRecord(record);
      if (!type.endsWith("Asked")) continue;
      const { origin, timestampMs } = record.cause!;
      const { request, principal, clientId } = origin!;
      lines.push(
        `${request} of ${principal} (${clientId}) at ${timestampMs}: ${type} ${JSON.stringify(fields)}`,
      );
    }
  });
  return lines;
}

test("the log says who asks for a change of the quorum, before it is made", async () => {
  const { quorum } = await start();
  await using _ = quorum;
  const lines = askedFor(quorum);
  const nowMs = quorum.runtime.clock.nowMs();
  const origin = (request: string) => ({ ...alice, request });
  const asked = quorum.channel(3).client(ControllerService);
  await asked.addRaftVoter({ ...fourth, origin: origin("AddRaftVoter") });
  quorum.log.refusals = [new RaftError("UNKNOWN_VOTER")];
  await refusal(asked.removeRaftVoter({ nodeId: 9, directoryId, origin: origin("RemoveRaftVoter") }));
  await asked.removeRaftVoter({ nodeId: 4, directoryId });
  await asked.moveController({ nodeId: 3, origin: origin("MoveController") });
  await settled();
  const named = `"directoryId":"${testUuid(104)}"`;
  expect(lines).toEqual([
    `AddRaftVoter of User:alice (her-tool) at ${nowMs}: addVoterAsked {"nodeId":4,${named},"host":"b4","port":9094}`,
    `RemoveRaftVoter of User:alice (her-tool) at ${nowMs}: removeVoterAsked {"nodeId":9,${named}}`,
    `RemoveRaftVoter of Broker:1 () at ${nowMs}: removeVoterAsked {"nodeId":4,${named}}`,
    `MoveController of User:alice (her-tool) at ${nowMs}: moveControllerAsked {"nodeId":3}`,
  ]);
});

test("what is not tried is not in the log, and nothing changes that the log cannot tell of", async () => {
  const { quorum, admin } = await start();
  await using _ = quorum;
  const lines = askedFor(quorum);
  await refusal(admin.addRaftVoter({ ...fourth, host: "nowhere" }));
  await refusal(admin.moveController({ nodeId: 9 }));
  await admin.moveController({ nodeId: 1 });
  const other = { kind: "client", clientId: "me", address: "test" } as const;
  const client = quorum.channelAs(other, 1).client(ControllerService);
  expect((await refusal(client.removeRaftVoter({ nodeId: 3, directoryId })))?.id).toBe(
    "CLUSTER_AUTHORIZATION_FAILED",
  );
  await quorum.log.lead(undefined);
  const removed = refusal(admin.removeRaftVoter({ nodeId: 3, directoryId }));
  await settled();
  expect((await removed)?.id).toBe("NOT_CONTROLLER");
  expect([lines, quorum.log.changes]).toEqual([[], []]);
});

test.each([
  ["another cluster", { clusterId: "another" }, "INCONSISTENT_CLUSTER_ID"],
  ["no endpoint", { host: "" }, "INVALID_REQUEST"],
  ["no host for an endpoint", { host: "a b\n\0" }, "INVALID_REQUEST"],
  ["no port", { port: 0 }, "INVALID_REQUEST"],
  ["a port that is none", { port: 70_000 }, "INVALID_REQUEST"],
  ["every address for an endpoint", { host: "0.0.0.0" }, "INVALID_REQUEST"],
  ["no directory", { directoryId: new Uint8Array(16) }, "INVALID_REQUEST"],
  ["the id of a voter", { nodeId: 3 }, "DUPLICATE_VOTER"],
  ["nobody at its endpoint", { host: "nowhere" }, "REQUEST_TIMED_OUT"],
])("a voter with %s is not added", async (_, wrong, error) => {
  const { quorum, admin } = await start();
  await using _quorum = quorum;
  expect((await refusal(admin.addRaftVoter({ ...fourth, ...wrong })))?.id).toBe(error);
  expect(quorum.log.changes).toEqual([]);
});

test.each(["0.0.0.0", "::"])(
  "no voter moves to %s, where each of the others would find itself",
  async (host) => {
    const { quorum, admin } = await start();
    await using _ = quorum;
    const lines = askedFor(quorum);
    const third = { nodeId: 3, directoryId: Buffer.from(testUuid(103), "base64url"), host, port: 9094 };
    expect(await refusal(admin.updateRaftVoter(third))).toMatchObject({
      id: "INVALID_REQUEST",
      detail: expect.stringContaining("grpc.advertised.host"),
    });
    expect([lines, quorum.log.changes]).toEqual([[], []]);
  },
);

test("a voter's address is changed by nobody else", async () => {
  const { quorum } = await start();
  await using _ = quorum;
  const third = { nodeId: 3, directoryId: Buffer.from(testUuid(103), "base64url"), host: "b4", port: 9094 };
  const as = (nodeId: number) => quorum.channel(1, "controller", nodeId).client(ControllerService);
  expect((await refusal(as(1).updateRaftVoter(third)))?.id).toBe("CLUSTER_AUTHORIZATION_FAILED");
  expect(quorum.log.changes).toEqual([]);
  await as(3).updateRaftVoter(third);
  expect(quorum.log.changes).toEqual([`update 3 ${testUuid(103)} at b4:9094`]);
});

test("a change waits for one before it, and for the new voter to catch up", async () => {
  const { quorum, admin } = await start();
  await using _ = quorum;
  quorum.log.refusals = ["CHANGE_IN_PROGRESS", "NOT_CAUGHT_UP"].map(
    (code) => new RaftError(code as RaftErrorCode),
  );
  const added = admin.addRaftVoter(fourth);
  await settled();
  await quorum.advance(100);
  await added;
  expect(quorum.log.changes).toHaveLength(1);
});

test("what it waits for in vain is named", async () => {
  const { quorum, admin } = await start();
  await using _ = quorum;
  quorum.log.refusals = Array.from({ length: 1_000 }, () => new RaftError("NOT_CAUGHT_UP"));
  const added = refusal(admin.addRaftVoter(fourth));
  await quorum.advance(11_000);
  expect(await added).toMatchObject({
    id: "REQUEST_TIMED_OUT",
    detail: new RaftError("NOT_CAUGHT_UP").message,
  });
});

test("the active controller moves on request, asked of anyone", async () => {
  const { quorum } = await start();
  await using _ = quorum;
  const third = quorum.channel(3).client(ControllerService);
  expect(await third.moveController({ nodeId: 3 })).toMatchObject({ nodeId: 3 });
  await settled();
  expect([1, 2, 3].map((id) => quorum.controller(id).isActive)).toEqual([false, false, true]);
  expect(await third.moveController({ nodeId: 3 })).toMatchObject({ nodeId: 3 });
  expect(await third.moveController({})).toMatchObject({ nodeId: 1 });
  expect(await refusal(third.moveController({ nodeId: 9 }))).toMatchObject({ id: "VOTER_NOT_FOUND" });
  await third.createTopics({ topics: [{ name: "still" }] });
  expect(quorum.controller(3).image.topic("still")).toBeDefined();
});

test("a voter that does not take over leaves the controller where it is", async () => {
  const { quorum, admin } = await start();
  await using _ = quorum;
  quorum.log.refusals = [new RaftError("TRANSFER_FAILED")];
  expect(await refusal(admin.moveController({ nodeId: 3 }))).toMatchObject({ id: "REQUEST_TIMED_OUT" });
  expect(quorum.controller(1).isActive).toBe(true);
});

test("the quorum is described with its voters, and with brokers as observers", async () => {
  const { quorum, admin } = await start();
  await using _ = quorum;
  await quorum.advance(1_000);
  const described = await admin.describeQuorum({});
  const highWatermark = BigInt(quorum.controller(1).image.offset + 1);
  const nowMs = BigInt(quorum.runtime.clock.nowMs());
  expect(described).toMatchObject({ leaderId: 1, highWatermark });
  expect(described.voters).toMatchObject(
    [1, 2, 3].map((nodeId) => ({
      nodeId,
      logEndOffset: highWatermark,
      lastCaughtUpTimestampMs: nowMs,
      host: `c${nodeId}`,
      port: 9094,
    })),
  );
  expect(described.observers).toMatchObject([{ nodeId: 4, logEndOffset: highWatermark, host: "", port: 0 }]);
});
