import { expect, test } from "vitest";
import { before, broker, controller, directoryOf, quorum } from "../testing/quorum.ts";
import { quorumJson, quorumLines } from "./quorum-lines.ts";

const described = quorum({
  leaderId: 2,
  highWatermark: 98,
  voters: [
    controller(3, {
      logEndOffset: 95,
      lastFetchTimestampMs: before(40),
      lastCaughtUpTimestampMs: before(3_456),
    }),
    controller(2, { endpoint: { host: "::1", port: 9094 } }),
    controller(1, { logEndOffset: 101, lastFetchTimestampMs: before(20) }),
  ],
  observers: [
    broker(101),
    controller(4, {
      logEndOffset: 0,
      lastFetchTimestampMs: before(3 * 3_600_000),
      lastCaughtUpTimestampMs: undefined,
    }),
  ],
});

test("people get a line a member, the leader first", () => {
  expect(quorumLines(described)).toEqual([
    "leader 2, term 5, high watermark 98",
    "id             directory               endpoint    log end  lag  last fetch  last caught up",
    "2    leader    directory-2-----------  [::1]:9094  100      0    0 ms ago    0 ms ago",
    "1    voter     directory-1-----------  c1:9094     101      0    20 ms ago   0 ms ago",
    "3    voter     directory-3-----------  c3:9094     95       5    40 ms ago   3.5 s ago",
    "4    observer  directory-4-----------  c4:9094     0        100  3 h ago     never",
    "101  observer  directory-101---------  (broker)    100      0    0 ms ago    0 ms ago",
  ]);
});

test("programs get the same as one object", () => {
  const { voters, observers, ...rest } = JSON.parse(quorumJson(described));
  expect(rest).toEqual({ leaderId: 2, term: 5, highWatermark: 98 });
  expect(voters.map(({ nodeId, role, lag }: Record<string, unknown>) => [nodeId, role, lag])).toEqual([
    [2, "leader", 0],
    [1, "voter", 0],
    [3, "voter", 5],
  ]);
  expect(observers).toEqual([
    {
      nodeId: 4,
      role: "observer",
      directoryId: directoryOf(4),
      endpoint: "c4:9094",
      logEndOffset: 0,
      lag: 100,
      sinceFetchMs: 3 * 3_600_000,
      sinceCaughtUpMs: null,
    },
    expect.objectContaining({ nodeId: 101, endpoint: null, lag: 0, sinceFetchMs: 0 }),
  ]);
});

test("a leader that is no voter any more leads still", () => {
  const leaving = quorum({ voters: [controller(2)], observers: [controller(1)] });
  expect(
    quorumLines(leaving)
      .slice(2)
      .map((line) => line.split(/ +/).slice(0, 2)),
  ).toEqual([
    ["1", "leader"],
    ["2", "voter"],
  ]);
  expect(JSON.parse(quorumJson(leaving)).observers).toMatchObject([{ nodeId: 1, role: "leader" }]);
});
