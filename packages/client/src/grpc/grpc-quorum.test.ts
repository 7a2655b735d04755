import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  DescribeQuorumResponseSchema as Described,
  type DescribeQuorumResponseSchema,
  MoveControllerResponseSchema,
  type QuorumAdminService,
} from "@millrace/proto/admin";
import type { ServiceClient } from "@millrace/runtime";
import { expect, test } from "vitest";
import { grpcQuorum } from "./grpc-quorum.ts";

const directory = Buffer.alloc(16, 7);
const directoryId = directory.toString("base64url");

/** A broker of which only the quorum's calls are there; it keeps what it was asked. */
function broker(described: MessageInitShape<typeof DescribeQuorumResponseSchema> = {}) {
  const asked: unknown[] = [];
  const keep = <T>(answer: T) => {
    return async (request: unknown): Promise<T> => {
      asked.push(request);
      return answer;
    };
  };
  const client = {
    describeQuorum: keep(create(Described, described)),
    addRaftVoter: keep({}),
    removeRaftVoter: keep({}),
    moveController: keep(create(MoveControllerResponseSchema, { nodeId: 2 })),
  };
  return { asked, quorum: grpcQuorum(client as unknown as ServiceClient<typeof QuorumAdminService>) };
}

test("members come with numbers, and without what is not known of them", async () => {
  const { quorum } = broker({
    leaderId: 1,
    leaderEpoch: 3,
    highWatermark: 12n,
    voters: [
      {
        nodeId: 1,
        directoryId: directory,
        logEndOffset: 12n,
        lastFetchTimestampMs: 1_000n,
        lastCaughtUpTimestampMs: -1n,
        host: "c1",
        port: 9094,
      },
    ],
    observers: [{ nodeId: 101, directoryId: directory, lastFetchTimestampMs: -1n }],
  });
  expect(await quorum.describeQuorum()).toEqual({
    leaderId: 1,
    leaderEpoch: 3,
    highWatermark: 12,
    voters: [
      {
        nodeId: 1,
        directoryId,
        logEndOffset: 12,
        lastFetchTimestampMs: 1_000,
        lastCaughtUpTimestampMs: undefined,
        endpoint: { host: "c1", port: 9094 },
      },
    ],
    observers: [
      {
        nodeId: 101,
        directoryId,
        logEndOffset: 0,
        lastFetchTimestampMs: undefined,
        lastCaughtUpTimestampMs: 0,
        endpoint: undefined,
      },
    ],
  });
});

test("voters are named by id and directory, the next leader by its id or not at all", async () => {
  const { quorum, asked } = broker();
  await quorum.addVoter({ nodeId: 4, directoryId, endpoint: { host: "::1", port: 9094 } });
  await quorum.removeVoter({ nodeId: 1, directoryId });
  expect(await quorum.moveController(2)).toBe(2);
  await quorum.moveController(undefined);
  expect(asked).toEqual([
    { nodeId: 4, directoryId: directory, host: "::1", port: 9094 },
    { nodeId: 1, directoryId: directory },
    { nodeId: 2 },
    {},
  ]);
});
