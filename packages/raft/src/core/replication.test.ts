import { describe, expect, test } from "vitest";
import type { AppendRequest, Message } from "../message.ts";
import { CoreNetwork } from "./testing/core-network.ts";

const states = (network: CoreNetwork) => [...network.nodes.values()].map(({ state }) => state.join());
const appends = (messages: readonly Message[], to: number) =>
  messages.filter(
    (message): message is AppendRequest => message.type === "appendRequest" && message.to.id === to,
  );
const sizes = (messages: readonly Message[], to: number) =>
  appends(messages, to).map(({ entries }) => entries.length);

describe("a leader and its followers (Raft paper, 5.3)", () => {
  test("commit what a majority has, and all of them apply it", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    leader.propose("a");
    leader.propose("b");
    network.settle();
    expect(states(network)).toEqual(["3/1 a,4/1 b", "3/1 a,4/1 b", "3/1 a,4/1 b"]);
  });

  test("do not wait for a minority, and bring it up to date later", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.partition([1, 2], [3]);
    for (const text of ["a", "b", "c"]) leader.propose(text);
    network.settle();
    expect(states(network)).toEqual(["3/1 a,4/1 b,5/1 c", "3/1 a,4/1 b,5/1 c", ""]);
    network.heal();
    network.tick(4);
    expect(network.node(3).state).toEqual(leader.state);
  });

  test("commit nothing without a majority", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.partition([1], [2, 3]);
    leader.propose("a");
    network.settle();
    expect(leader.core.commitIndex).toBe(2);
  });

  test("a follower acknowledges what is on its disk, and heartbeats at once with what is", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.partition([1, 2], [3]);
    network.node(2).holdsWrites = true;
    leader.propose("a");
    network.tick(12);
    expect(leader.core.role.name).toBe("leader");
    expect(leader.core.commitIndex).toBe(2);
    network.node(2).write();
    network.settle();
    expect(leader.core.commitIndex).toBe(3);
  });

  test("a follower counts no entry as written that a later write is about to drop and bring back", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    const follower = network.node(2);
    const fromLeader = (term: number, entryTerm: number): void =>
      network.deliver({
        type: "appendRequest",
        from: network.node(3).voter,
        to: follower.voter,
        term,
        previous: { index: 2, term: 1 },
        entries: [{ index: 3, term: entryTerm, kind: "data", payload: new Uint8Array(1) }],
        commitIndex: term === 4 ? 3 : 2,
        round: 1,
      });
    follower.holdsWrites = true;
    fromLeader(2, 2);
    fromLeader(3, 3);
    fromLeader(4, 2);
    // The first of three writes: what it brought to the disk is dropped by the second.
    follower.write();
    expect(follower.core.stableIndex).toBe(2);
    expect(follower.appliedIndex).toBe(2);
    follower.write();
    follower.write();
    expect(follower.core.stableIndex).toBe(3);
    expect(follower.appliedIndex).toBe(3);
    expect(network.messages.at(-1)).toMatchObject({ type: "appendResponse", accepted: true, lastIndex: 3 });
  });

  test("a leader's own disk may be the slow one", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    leader.holdsWrites = true;
    leader.propose("a");
    network.settle();
    // Committed by the others, and applied there; here it is once it is on this disk.
    expect(leader.core.commitIndex).toBe(3);
    expect(states(network)).toEqual(["", "3/1 a", "3/1 a"]);
    leader.write();
    expect(leader.state).toEqual(["3/1 a"]);
  });

  test("what an old leader had alone is replaced by what was committed without it", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.partition([1], [2, 3]);
    for (const text of ["x", "y", "z"]) network.node(1).propose(text);
    network.tick(60);
    const next = network.leaders().find(({ voter }) => voter.id !== 1);
    next?.propose("a");
    network.settle();
    network.heal();
    network.tick(60);
    expect(new Set(states(network)).size).toBe(1);
    expect(network.node(1).state[0]).toMatch(/ a$/);
    expect(network.node(1).disk.entries).toEqual(network.node(2).disk.entries);
  });

  test("an entry of an earlier term is committed only through one of the leader's own (5.4.2, figure 8)", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.partition([1], [2, 3]);
    network.node(1).propose("a");
    network.restart(1);
    network.heal();
    network.loses = ({ type, from }) => type === "appendResponse" && from.id !== 1;
    for (const id of [2, 3]) network.node(id).step({ type: "leaderRefused", leader: network.node(1).voter });
    const next = network.node(1);
    for (let i = 0; i < 25; i++) {
      next.step({ type: "tick" });
      network.settle();
    }
    expect(next.core.role.name).toBe("leader");
    expect(next.core.lastIndex).toBe(4);
    expect(next.core.commitIndex).toBe(0);
    network.heal();
    network.tick(2);
    expect(network.node(2).state).toEqual(["3/1 a"]);
  });
});

describe("flow (thesis, 10.2)", () => {
  test("proposals before the effects are taken go in one request, and further ones do not wait for the answer", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const { core, ...leader } = network.elect(1);
    core.propose([Buffer.from("a"), Buffer.from("b")]);
    core.propose([Buffer.from("c")]);
    network.node(1).pump();
    network.node(1).propose("d");
    expect(sizes(network.messages, 2)).toEqual([3, 1]);
    expect(leader.voter.id).toBe(1);
  });

  test("a request has so many bytes, and at least one entry", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3], limits: { appendBytesMax: 10 } });
    const { core } = network.elect(1);
    core.propose(["1234", "1234", "1234", "a very long entry", "1"].map((text) => Buffer.from(text)));
    network.node(1).pump();
    expect(sizes(network.messages, 2)).toEqual([2, 1, 1, 1]);
  });

  test("requests on their way to one follower are bounded, in number and bytes", () => {
    for (const limits of [{ inFlightMessagesMax: 3 }, { inFlightBytesMax: 12 }]) {
      const network = new CoreNetwork({ voters: [1, 2, 3], limits });
      const leader = network.elect(1);
      for (let i = 0; i < 10; i++) leader.propose("1234");
      expect(sizes(network.messages, 2)).toEqual([1, 1, 1]);
      network.settle();
      expect(network.node(2).state).toHaveLength(10);
    }
  });

  test("entries that are not in memory any more come from the disk", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3], limits: { tailBytesMax: 200 } });
    const leader = network.elect(1);
    network.partition([1, 2], [3]);
    for (let i = 0; i < 30; i++) leader.propose(`${i}`);
    network.settle();
    expect(leader.core.recentFirstIndex).toBeGreaterThan(20);
    network.heal();
    network.tick(4);
    expect(network.node(3).state).toEqual(leader.state);
  });

  test("messages that come late, twice and in any order change nothing", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    for (const text of ["a", "b", "c", "d"]) leader.propose(text);
    network.messages = [...network.messages, ...network.messages].reverse();
    network.settle();
    network.tick(4);
    expect(new Set(states(network))).toEqual(new Set(["3/1 a,4/1 b,5/1 c,6/1 d"]));
  });

  test("logs that differ in many terms agree within a few questions, not one an entry", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.partition([1], [2, 3]);
    for (let i = 0; i < 100; i++) network.node(1).propose("x");
    network.tick(60);
    const next = network.leaders().find(({ voter }) => voter.id !== 1);
    for (let i = 0; i < 50; i++) next?.propose("a");
    network.settle();
    let refusals = 0;
    network.loses = (message) => {
      if (message.type === "appendResponse" && !message.accepted) refusals++;
      return false;
    };
    network.tick(60);
    expect(network.node(1).state).toEqual(next?.state);
    expect(refusals).toBeLessThan(5);
  });
});
