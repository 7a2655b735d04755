import { SeededRandom } from "@millrace/runtime";
import { expect, test } from "vitest";
import { sameMember } from "../member-key.ts";
import { CoreNetwork, testVoter } from "./testing/core-network.ts";
import { CoreNode } from "./testing/core-node.ts";

test("a learner that knows no voter finds its leader's address, also when entries arrive before the answer", () => {
  const network = new CoreNetwork({ voters: [1, 2, 3] });
  const leader = network.elect(1);
  const options = {
    bootstrapVoters: [],
    contacts: [1, 2, 3].map((id) => testVoter(id).endpoint),
    electionTicks: 10,
    heartbeatTicks: 2,
  };
  const learner = new CoreNode(testVoter(4), network, new SeededRandom(1), options);
  network.nodes.set(4, learner);
  // The answers to its question are held up, as single calls may be behind a stream that is open already; and without
  // an address its own answers go nowhere.
  network.loses = ({ type, from }) => type === "joinResponse" || (from.id === 4 && type === "appendResponse");
  network.tick(15);
  expect(learner.core.leader?.id).toBe(1);
  network.heal();
  const { term } = leader.core;
  const to = learner.voter;
  const answer = {
    type: "joinResponse",
    from: network.node(2).voter,
    to,
    term,
    leader: leader.voter,
  } as const;
  network.deliver(answer);
  expect(learner.members).toContainEqual(leader.voter);
});

test("a voter whose log does not have its leader as a voter yet finds out where it is", () => {
  const network = new CoreNetwork({ voters: [1, 2, 3] });
  const first = network.elect(1);
  network.partition([1, 2, 4], [3]);
  network.start(4);
  network.tick(30);
  first.core.changeVoters({ type: "add", voter: network.node(4).voter });
  first.pump();
  network.tick(2);
  first.core.transferLeadership(network.node(4).voter);
  first.pump();
  network.tick(2);
  expect(network.leaders()).toEqual([network.node(4)]);
  // As a transport does it: what is for others than the members that it was told of is dropped.
  network.loses = ({ type, from, to }) =>
    type !== "joinRequest" &&
    type !== "joinResponse" &&
    !network.node(from.id).members.some((member) => sameMember(member, to));
  network.tick(40);
  expect(network.node(3).core.commitIndex).toBe(network.node(4).core.commitIndex);
});
