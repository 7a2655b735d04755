import { describe, expect, test } from "vitest";
import type { Voter } from "../entry.ts";
import type { VoterChange } from "./membership.ts";
import { CoreNetwork, testVoter } from "./testing/core-network.ts";
import type { CoreNode } from "./testing/core-node.ts";

const ids = ({ core }: CoreNode) => core.voters.map(({ id }) => id);

function change(node: CoreNode, wanted: VoterChange): ReturnType<CoreNode["core"]["changeVoters"]> {
  const outcome = node.core.changeVoters(wanted);
  node.pump();
  return outcome;
}

describe("voters (thesis, 4.1)", () => {
  test("a learner that has caught up becomes one, and counts as soon as the entry is in the log", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.start(4);
    network.tick(4);
    network.partition([1, 2], [3, 4]);
    expect(change(leader, { type: "add", voter: testVoter(4) })).toBe(3);
    network.settle();
    expect(ids(leader)).toEqual([1, 2, 3, 4]);
    expect(leader.core.commitIndex).toBe(2); // two of four
    network.heal();
    network.tick(4);
    expect([...network.nodes.values()].map(ids)).toEqual(Array(4).fill([1, 2, 3, 4]));
    expect(leader.core.commitIndex).toBe(3);
  });

  test("who is no learner, silent, or far behind is not added", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3], limits: { caughtUpEntriesMax: 5 } });
    const leader = network.elect(1);
    const add = { type: "add", voter: testVoter(4) } as const;
    expect(change(leader, add)).toBe("NOT_CAUGHT_UP");
    network.start(4);
    network.tick(4);
    network.partition([1, 2, 3], [4]);
    for (let i = 0; i < 10; i++) leader.propose("x");
    network.settle();
    expect(change(leader, add)).toBe("NOT_CAUGHT_UP");
    network.heal();
    network.tick(4);
    network.partition([1, 2, 3], [4]);
    network.tick(20);
    expect(change(leader, add)).toBe("NOT_CAUGHT_UP");
  });

  test("one change at a time, and none before the term's first commit (Ongaro's correction of 2015)", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.loses = ({ type }) => type === "appendResponse";
    const [two, three] = [2, 3].map((id): VoterChange => ({ type: "remove", member: testVoter(id) }));
    expect(change(leader, two!)).toBe(3);
    expect(change(leader, three!)).toBe("CHANGE_IN_PROGRESS");
    network.heal();
    network.tick(4);
    expect(change(leader, three!)).toBe(4);
    const other = new CoreNetwork({ voters: [1, 2, 3] });
    other.loses = ({ type }) => type === "appendResponse";
    while (other.leaders().length === 0) other.tick();
    expect(change(other.leaders()[0]!, two!)).toBe("CHANGE_IN_PROGRESS");
  });

  test("are named by both parts of their key, and an id is there once", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    expect(change(leader, { type: "remove", member: { id: 2, directoryId: "wiped" } })).toBe("UNKNOWN_VOTER");
    expect(change(leader, { type: "add", voter: testVoter(2, "wiped") })).toBe("DUPLICATE_VOTER");
    expect(change(network.node(2), { type: "remove", member: testVoter(3) })).toBe("NOT_LEADER");
  });

  test("are refused when they lack something, before anything is written", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    const { lastIndex } = leader.core;
    const { id, directoryId } = testVoter(2);
    const nowhere = { id, directoryId, endpoint: undefined } as unknown as Voter;
    expect(change(leader, { type: "update", voter: nowhere })).toBe("BAD_VOTERS");
    expect(change(leader, { type: "add", voter: { ...nowhere, id: 4 } })).toBe("BAD_VOTERS");
    expect(leader.core.lastIndex).toBe(lastIndex);
  });

  test("a set that is overwritten is in force no more", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.partition([1], [2, 3]);
    change(leader, { type: "remove", member: testVoter(3) });
    expect(ids(leader)).toEqual([1, 2]);
    network.tick(60);
    network.heal();
    network.tick(60);
    expect(ids(leader)).toEqual([1, 2, 3]);
  });

  test("one that was removed hears of it and disturbs nobody", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.partition([1, 2], [3]);
    change(leader, { type: "remove", member: testVoter(3) });
    network.tick(100);
    network.heal();
    network.tick(60);
    expect(ids(network.node(3))).toEqual([1, 2]);
    expect(network.node(3).core.role.name).toBe("follower");
    expect(leader.core.role.name).toBe("leader");
  });

  test("a leader that removed itself counts without itself, and is relieved at once", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.partition([1, 2], [3]);
    change(leader, { type: "remove", member: testVoter(1) });
    network.tick(4);
    expect(leader.core.commitIndex).toBe(2); // itself and one of two
    network.heal();
    network.tick(4);
    expect(network.leaders()).toHaveLength(1);
    expect(network.leaders()[0]?.voter.id).not.toBe(1);
    expect(ids(leader)).toEqual([2, 3]);
  });

  test("a node votes for a candidate that its own log does not have as a voter yet (4.2.1)", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const node = network.node(2);
    const message = { type: "voteRequest", from: testVoter(9), to: node.voter, term: 5 } as const;
    network.deliver({ ...message, last: { index: 0, term: 0 }, transfer: false });
    expect(network.messages).toMatchObject([{ type: "voteResponse", granted: true }]);
  });

  test("votes of others do not count", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const node = network.node(1);
    for (let i = 0; i < 25; i++) node.step({ type: "tick" });
    for (const from of [testVoter(8), testVoter(9), testVoter(2, "wiped")]) {
      const message = { from, to: node.voter, term: node.core.term + 1, granted: true } as const;
      node.step({ type: "message", message: { ...message, type: "preVoteResponse" } });
    }
    expect(node.core.role.name).toBe("preCandidate");
  });
});

describe("learners", () => {
  test("are bounded in number, and forgotten when they are silent", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3], limits: { learnersMax: 2 } });
    const { core } = network.elect(1);
    for (const id of [4, 5, 6]) network.start(id);
    network.tick(12);
    const learners = () => (core.role.name === "leader" ? [...core.role.progress.values()] : []).length - 2;
    expect(learners()).toBe(2);
    for (const id of [4, 5, 6]) network.stop(id);
    network.tick(60);
    expect(learners()).toBe(0);
  });

  test("find the next leader", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    const learner = network.start(4);
    network.tick(4);
    network.stop(1);
    network.tick(80);
    network.leaders()[0]?.propose("a");
    network.tick(4);
    expect(learner.state).toHaveLength(1);
    expect(learner.core.role.name).toBe("follower");
  });
});

describe("transfer (thesis, 3.10)", () => {
  test("brings the target to the end first, and takes no proposals meanwhile", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    leader.propose("a");
    expect(leader.core.transferLeadership(testVoter(3))).toEqual({ id: 3, directoryId: "disk-3" });
    expect(leader.propose("b")).toBeUndefined();
    expect(network.messages.some(({ type }) => type === "timeoutNow")).toBe(false);
    network.settle();
    expect(network.leaders().map(({ voter }) => voter.id)).toEqual([3]);
  });

  test("chooses the voter with most of the log", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.partition([1, 3], [2]);
    leader.propose("a");
    network.settle();
    expect(leader.core.transferLeadership()?.id).toBe(3);
  });

  test("is given up after an election timeout; others are no voters", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    expect(leader.core.transferLeadership(testVoter(4))).toBeUndefined();
    network.partition([1, 2], [3]);
    leader.core.transferLeadership(testVoter(3));
    network.tick(10);
    expect(leader.propose("a")).toBe(3);
  });
});
