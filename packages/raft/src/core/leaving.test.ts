import { expect, test } from "vitest";
import { CoreNetwork } from "./testing/core-network.ts";

// Thesis, 4.2.2: who is not in the newest voter set of its log may be the only one who can commit that set.
test("a leader that removed itself, and lost its place before anyone heard of it, is elected and brings it to an end", () => {
  const network = new CoreNetwork({ voters: [1, 2] });
  const leader = network.elect(1);
  network.partition([1], [2]);
  leader.core.changeVoters({ type: "remove", member: leader.voter });
  leader.pump();
  network.tick(40); // it hears from no majority
  expect(network.leaders()).toEqual([]);
  network.heal();
  network.tick(100);
  expect(network.leaders()).toEqual([network.node(2)]);
  expect(network.node(2).core.voters).toEqual([network.node(2).voter]);
  expect(network.node(1).core.commitIndex).toBe(network.node(2).core.commitIndex);
});

test("once the set that leaves it out is committed it campaigns no more", () => {
  const network = new CoreNetwork({ voters: [1, 2, 3] });
  const leader = network.elect(1);
  leader.core.changeVoters({ type: "remove", member: network.node(3).voter });
  leader.pump();
  network.tick(20);
  expect(network.node(3).core.voters).toHaveLength(2);
  network.partition([1], [2], [3]);
  network.tick(200);
  expect(network.node(3).core.role.name).toBe("follower");
});
