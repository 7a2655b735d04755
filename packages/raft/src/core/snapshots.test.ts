import { describe, expect, test } from "vitest";
import { CoreNetwork } from "./testing/core-network.ts";

/** Node 3 lacks what the leader has no more in its log. */
function farBehind(limits = { tailBytesMax: 100 }): CoreNetwork {
  const network = new CoreNetwork({ voters: [1, 2, 3], limits });
  network.elect(1);
  network.partition([1, 2], [3]);
  for (let i = 0; i < 30; i++) network.node(1).propose(`${i}`);
  network.settle();
  network.node(1).compact();
  network.heal();
  return network;
}

describe("a follower behind the log (Raft paper, section 7)", () => {
  test("gets the snapshot in pieces, and then what follows it", () => {
    const network = farBehind();
    const [leader, behind] = [network.node(1), network.node(3)];
    let pieces = 0;
    network.loses = (message) => {
      if (message.type === "snapshotChunk" && message.bytes.length > 0) pieces++;
      return false;
    };
    network.tick(4);
    expect(pieces).toBeGreaterThan(5);
    expect(behind.disk.snapshot?.id).toEqual(leader.disk.snapshot?.id);
    leader.propose("late");
    network.settle();
    expect(behind.state).toEqual(leader.state);
    expect(behind.core.commitIndex).toBe(leader.core.commitIndex);
  });

  test("goes on where it was after each loss, and hears from its leader all the while", () => {
    const network = farBehind();
    let count = 0;
    network.loses = ({ type }) => type.startsWith("snapshot") && count++ % 5 === 0;
    network.tick(200);
    expect(network.node(3).state).toEqual(network.node(1).state);
    expect([...network.nodes.values()].map(({ core }) => core.term)).toEqual([1, 1, 1]);
  });

  test("gets it from the next leader when the first one is gone", () => {
    const network = farBehind();
    network.node(2).compact();
    network.loses = ({ type, from }) => type === "snapshotResponse" && from.id === 3;
    network.tick(4);
    network.stop(1);
    network.heal();
    network.tick(60);
    expect(network.node(3).state).toEqual(network.node(2).state);
  });

  test("takes no entries, and campaigns for nothing, while its log is being replaced", () => {
    const network = farBehind();
    const behind = network.node(3);
    behind.holdsWrites = true;
    network.tick(2);
    expect(behind.writes.some((write) => "install" in write)).toBe(true);
    network.stop(1);
    for (let i = 0; i < 60; i++) behind.step({ type: "tick" });
    expect(behind.core.role.name).toBe("follower");
    behind.holdsWrites = false;
    behind.pump();
    network.tick(60);
    expect(network.node(3).state).toEqual(network.node(2).state);
  });

  test("is told again where the end is: it may have come back with all of it, and not know that", () => {
    const network = farBehind();
    network.node(3).holdsWrites = true;
    const questions: [offset: number, last: boolean][] = [];
    network.loses = (message) => {
      const isQuestion = message.type === "snapshotChunk" && message.bytes.length === 0;
      if (isQuestion) questions.push([message.offset, message.last]);
      return false;
    };
    network.tick(10);
    expect(questions.at(-1)).toEqual([network.node(1).disk.snapshot?.bytes.length, true]);
  });

  test("keeps a log that has what the snapshot stands for, and needs none of it", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    for (const text of ["a", "b", "c"]) leader.propose(text);
    network.settle();
    leader.compact();
    const { core, voter } = network.node(2);
    const snapshot = leader.disk.snapshot!.id;
    const message = { from: leader.voter, to: voter, term: 1, snapshot, bytes: new Uint8Array(3), offset: 0 };
    core.step({ type: "message", message: { ...message, type: "snapshotChunk", last: false, round: 9 } });
    expect(core.takeEffects()).toMatchObject({
      snapshotChunks: [],
      sendNow: [{ status: "installed", round: 9 }],
    });
    expect(core.lastIndex).toBe(5);
  });
});

test("a snapshot is not installed where entries came that far while its last piece was written", () => {
  const network = new CoreNetwork({ voters: [1, 2, 3] });
  const leader = network.elect(1);
  network.partition([1, 2], [3]);
  for (const text of ["a", "b", "c"]) leader.propose(text);
  network.settle();
  const { core, voter } = network.node(3);
  const header = { from: leader.voter, to: voter, term: 1, round: 9 };
  const commitIndex = core.commitIndex;
  // A request from before the leader knew that they are committed, which came late.
  const previous = { index: core.lastIndex, term: 1 };
  const entries = leader.disk.read(previous.index + 1, leader.core.lastIndex);
  expect(entries).toHaveLength(3);
  core.step({
    type: "message",
    message: { ...header, type: "appendRequest", previous, entries, commitIndex },
  });
  const snapshot = { index: previous.index + 2, term: 1, voters: undefined };
  const chunk = { ...header, type: "snapshotChunk", snapshot, offset: 0, bytes: new Uint8Array(3) } as const;
  const received = { type: "snapshotReceived", chunk: { ...chunk, last: true }, status: "whole" } as const;
  core.step({ ...received, offset: 3 });
  expect(core.takeEffects().installSnapshot).toBeUndefined();
  expect([core.commitIndex, core.lastIndex]).toEqual([snapshot.index, leader.core.lastIndex]);
});

test("a snapshot that cannot be read is asked for again, some time later", () => {
  const network = farBehind();
  const { core } = network.node(1);
  const to = network.node(3).voter;
  network.loses = ({ type }) => type === "snapshotChunk";
  network.tick(3);
  core.step({ type: "snapshotRead", to, piece: undefined });
  let asked = 0;
  for (let i = 0; i < 30; i++) {
    core.step({ type: "tick" });
    const { readSnapshots } = core.takeEffects();
    asked += readSnapshots.length;
    for (const read of readSnapshots) core.step({ type: "snapshotRead", to: read.to, piece: undefined });
    core.step({
      type: "message",
      message: {
        type: "appendResponse",
        from: network.node(2).voter,
        to: network.node(1).voter,
        term: 1,
        round: 1,
        accepted: true,
        lastIndex: 2,
        hint: undefined,
      },
    });
  }
  expect(asked).toBeLessThanOrEqual(3);
});
