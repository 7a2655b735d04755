import { describe, expect, test } from "vitest";
import { readsOfFollowersMax } from "./reads.ts";
import { CoreNetwork } from "./testing/core-network.ts";
import type { CoreNode } from "./testing/core-node.ts";

function read(node: CoreNode, token: number): boolean {
  const taken = node.core.readIndex(token);
  node.pump();
  return taken;
}

describe("read index (thesis, 6.4)", () => {
  test("a leader asks a majority whether it still is one", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    expect(read(leader, 7)).toBe(true);
    expect(leader.reads).toEqual([]);
    network.settle();
    expect(leader.reads).toEqual([{ token: 7, index: 2 }]);
  });

  test("answers to what was asked before a read do not confirm it", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    leader.propose("a");
    const before = network.messages.splice(0);
    for (const message of before) network.deliver(message);
    const late = network.messages.splice(0);
    read(leader, 7);
    network.messages = [];
    for (const message of late) network.deliver(message);
    network.messages = [];
    expect(leader.core.commitIndex).toBe(3);
    expect(leader.reads).toEqual([]);
    network.tick(2);
    expect(leader.reads).toEqual([{ token: 7, index: 2 }]);
  });

  test("an answer to what a leader asked when it led before confirms nothing", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    network.tick(40);
    network.loses = ({ to }) => to.id === 2;
    network.node(1).step({ type: "tick" });
    network.node(1).step({ type: "tick" });
    const late = network.messages.find(({ type, to }) => type === "appendRequest" && to.id === 3);
    network.messages = [];
    network.partition([1], [2], [3]);
    network.tick(30);
    network.heal();
    const leader = network.elect(1);
    expect(late).toMatchObject({ term: 1 });
    if (late !== undefined) network.deliver(late);
    network.settle();
    network.partition([1], [2], [3]);
    read(leader, 7);
    network.tick(5);
    expect(leader.core.role.name).toBe("leader");
    expect(leader.reads).toEqual([]);
  });

  test("reads of one step share a round, and a follower's share one request", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    const follower = network.node(2);
    for (const token of [1, 2, 3]) follower.core.readIndex(token);
    follower.pump();
    expect(network.messages.map(({ type }) => type)).toEqual(["readIndexRequest"]);
    for (const token of [4, 5]) read(follower, token);
    expect(network.messages).toHaveLength(1);
    network.settle();
    expect(follower.reads.map(({ token, index }) => `${token}:${index}`)).toEqual([
      "1:2",
      "2:2",
      "3:2",
      "4:2",
      "5:2",
    ]);
  });

  test("a follower repeats a request that nobody answers", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    const follower = network.node(2);
    network.loses = ({ type }) => type === "readIndexRequest";
    read(follower, 1);
    network.tick(2);
    network.heal();
    network.tick(4);
    expect(follower.reads).toEqual([{ token: 1, index: 2 }]);
  });

  test("a new leader answers once its no-op is committed", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.node(1);
    network.loses = ({ type }) => type === "appendResponse";
    for (let i = 0; leader.core.role.name !== "leader"; i++) {
      leader.step({ type: "tick" });
      network.settle();
      expect(i).toBeLessThan(50);
    }
    read(leader, 1);
    network.settle();
    expect(leader.reads).toEqual([]);
    network.heal();
    network.tick(3);
    expect(leader.reads).toEqual([{ token: 1, index: 2 }]);
  });

  test("a leader's own waiting reads take no room from a follower's", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    const follower = network.node(2);
    read(follower, 7);
    for (let token = 0; token < readsOfFollowersMax; token++) leader.core.readIndex(token);
    network.settle();
    expect(leader.reads).toHaveLength(readsOfFollowersMax);
    expect(follower.reads).toEqual([{ token: 7, index: 2 }]);
  });

  test("are refused when leadership ends, by whoever waits", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    const leader = network.elect(1);
    network.partition([1], [2, 3]);
    read(leader, 1);
    network.tick(30);
    expect(leader.reads).toEqual([{ token: 1, index: undefined }]);
    expect(read(leader, 2)).toBe(false);
  });

  test("an answer of before a restart does not pass for a later one", () => {
    const network = new CoreNetwork({ voters: [1, 2, 3] });
    network.elect(1);
    read(network.node(2), 1);
    network.messages = network.messages.filter((message) => {
      network.deliver(message);
      return false;
    });
    const old = network.messages.splice(0).filter(({ type }) => type === "readIndexResponse");
    const again = network.restart(2);
    network.tick(2);
    read(again, 1);
    for (const message of old) network.deliver(message);
    expect(again.reads).toEqual([]);
  });
});
