import { describe, expect, test } from "vitest";
import { CoreNetwork } from "./testing/core-network.ts";

const roles = (network: CoreNetwork) =>
  [...network.nodes.values()].map(({ core }) => `${core.role.name}@${core.term}`);

describe("election (Raft paper, 5.2)", () => {
  test("a voter that hears nothing is elected by a majority, and the others follow it", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(2);
    expect(roles(network)).toEqual(["follower@1", "leader@1", "follower@1"]);
    for (const { core } of network.nodes.values())
      expect(core.leader).toEqual({ id: 2, directoryId: "disk-2" });
  });

  test("a leader writes a no-op and the voter set, and they are committed everywhere", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    for (const { core, appliedIndex } of network.nodes.values()) {
      expect([core.lastIndex, core.commitIndex, appliedIndex]).toEqual([2, 2, 2]);
    }
  });

  test("no majority, no leader", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.partition([1], [2], [3]);
    network.tick(100);
    expect(network.leaders()).toEqual([]);
  });

  test("nobody hears of a vote that is not on the disk", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    for (const id of [2, 3]) network.node(id).holdsWrites = true;
    for (let i = 0; i < 25; i++) network.node(1).step({ type: "tick" });
    network.settle();
    expect(network.node(1).core.role.name).toBe("candidate");
    expect(network.messages).toEqual([]);
    network.node(3).write();
    network.settle();
    expect(network.node(1).core.role.name).toBe("leader");
  });

  test("a candidate asks for votes once its own is on the disk", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.node(1).holdsWrites = true;
    for (let i = 0; i < 25; i++) network.node(1).step({ type: "tick" });
    network.settle();
    expect(roles(network)).toEqual(["candidate@1", "follower@0", "follower@0"]);
    network.node(1).write();
    network.settle();
    expect(network.node(1).core.role.name).toBe("leader");
  });

  test("a vote is given once a term, across restarts too", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const { self, last } = { self: network.node(2).voter, last: { index: 9, term: 9 } };
    const ask = (from: number) => {
      const message = {
        type: "voteRequest",
        from: network.node(from).voter,
        to: self,
        term: 7,
        last,
        transfer: false,
      };
      network.deliver({ ...message, type: "voteRequest" });
      return network.messages.splice(0).map((m) => "granted" in m && m.granted);
    };
    expect(ask(1)).toEqual([true]);
    expect(ask(1)).toEqual([true]);
    expect(ask(3)).toEqual([false]);
    network.restart(2);
    expect(ask(3)).toEqual([false]);
  });

  test("only who is up to date is elected (5.4.1)", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.partition([1, 2], [3]);
    network.node(1).propose("a");
    network.settle();
    network.heal();
    network.stop(1);
    for (let i = 0; i < 60; i++) network.node(3).step({ type: "tick" });
    network.settle();
    expect(network.node(3).core.role.name).not.toBe("leader");
    network.elect(2);
    expect(network.node(3).state).toEqual(["3/1 a"]);
  });
});

describe("pre-vote and stickiness (thesis, 9.6 and 4.2.3)", () => {
  test("one that was cut off does not raise its term, and disturbs nobody when it is back", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.partition([1, 2], [3]);
    network.tick(100);
    expect(network.node(3).core.term).toBe(1);
    network.heal();
    network.tick(5);
    expect(roles(network)).toEqual(["leader@1", "follower@1", "follower@1"]);
  });

  test("a real campaign is ignored as well by those who hear from a leader", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    const [from, to] = [network.node(3).voter, network.node(2).voter];
    network.deliver({
      type: "voteRequest",
      from,
      to,
      term: 9,
      last: { index: 99, term: 9 },
      transfer: false,
    });
    expect(network.node(2).core.term).toBe(1);
    expect(network.messages).toEqual([]);
  });

  test("a follower of a later term makes an older leader step down", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.partition([1], [2, 3]);
    network.tick(60);
    expect(network.node(1).core.term).toBe(1);
    const [leader] = network.leaders();
    network.heal();
    network.tick(3);
    expect(network.node(1).core.term).toBe(leader?.core.term);
    expect(network.leaders()).toEqual([leader]);
  });
});

describe("check-quorum (6.2)", () => {
  test("a leader that hears from no majority steps down within two election timeouts", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.partition([1], [2, 3]);
    for (let i = 0; i < 20; i++) network.node(1).step({ type: "tick" });
    expect(network.node(1).core.role.name).toBe("follower");
    expect(network.node(1).core.term).toBe(1);
  });

  test("one that hears from a majority goes on", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.partition([1, 2], [3]);
    network.tick(100);
    expect(roles(network).slice(0, 2)).toEqual(["leader@1", "follower@1"]);
  });
});

describe("early campaign", () => {
  test("voters whose leader's port refuses elect another one without waiting for a timeout", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1).voter;
    network.stop(1);
    for (const node of [network.node(2), network.node(3)]) {
      node.step({ type: "leaderRefused", leader });
      expect(node.core.leader).toBeUndefined();
      expect(node.campaignAfter?.delayMs).toBeLessThanOrEqual(30);
    }
    network.node(3).step({ type: "campaignNow", term: 1 });
    network.settle();
    expect(network.node(3).core.role.name).toBe("leader");
  });

  test("two who ask at the same time do not split the votes", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1).voter;
    network.stop(1);
    const survivors = [network.node(2), network.node(3)];
    for (const node of survivors) node.step({ type: "leaderRefused", leader });
    for (const node of survivors) node.step({ type: "campaignNow", term: 1 });
    network.settle();
    expect(roles(network)).toEqual(["leader@2", "follower@2"]);
  });

  test("of two who ask at the same time the one with more in its log is elected", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.partition([1, 3], [2]);
    leader.core.propose([Uint8Array.of(1)]);
    leader.step({ type: "tick" });
    network.settle();
    network.partition([2, 3]);
    network.stop(1);
    const survivors = [network.node(2), network.node(3)];
    for (const node of survivors) node.step({ type: "leaderRefused", leader: leader.voter });
    for (const node of survivors) node.step({ type: "campaignNow", term: 1 });
    network.settle();
    expect(roles(network)).toEqual(["follower@2", "leader@2"]);
  });

  test("who alone was refused disturbs nobody, and finds its leader again", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1).voter;
    network.node(2).step({ type: "leaderRefused", leader });
    network.node(2).step({ type: "campaignNow", term: 1 });
    network.settle();
    network.tick(3);
    expect(roles(network)).toEqual(["leader@1", "follower@1", "follower@1"]);
  });

  test("what is refused is not the leader: nothing changes", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.node(2).step({ type: "leaderRefused", leader: network.node(3).voter });
    network.node(2).step({ type: "leaderRefused", leader: { id: 1, directoryId: "another disk" } });
    expect(network.node(2).core.leader?.id).toBe(1);
  });

  test("one that failed is repeated with more room, a few times", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1).voter;
    const node = network.node(2);
    network.partition([1, 3], [2]);
    node.step({ type: "leaderRefused", leader });
    let campaigns = 0;
    for (; node.campaignAfter !== undefined; campaigns++) {
      node.campaignAfter = undefined;
      node.step({ type: "campaignNow", term: 1 });
    }
    expect(campaigns).toBe(4);
  });
});

test("messages for another node, or for the same id on another disk, change nothing", () => {
  const network = new CoreNetwork({ voters: [1, 2, 3] });
  const { core } = network.node(2);
  const [from, last] = [network.node(1).voter, { index: 9, term: 9 }];
  for (const to of [{ id: 2, directoryId: "wiped" }, { id: 2, directoryId: "" }, network.node(3).voter]) {
    core.step({
      type: "message",
      message: { type: "voteRequest", from, to, term: 9, last, transfer: false },
    });
  }
  expect(core.term).toBe(0);
  expect(core.takeEffects().sendNow).toEqual([]);
});
