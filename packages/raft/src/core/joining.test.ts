import { SeededRandom } from "@millrace/runtime";
import { expect, test } from "vitest";
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
