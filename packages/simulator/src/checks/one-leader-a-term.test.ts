import { expect, test } from "vitest";
import { CheckerBench, n1, n2 } from "../testing/checker-bench.ts";
import { OneLeaderATerm } from "./one-leader-a-term.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new OneLeaderATerm(context));

test("a leader a term, also again after a restart of its reports, is fine", () => {
  const quorum = bench();
  quorum.watch.roleChanged(n1, quorum.status("leader", 1));
  quorum.commit(n1, 1, 0);
  quorum.watch.roleChanged(n2, quorum.status("candidate", 1));
  quorum.watch.roleChanged(n2, quorum.status("leader", 2));
  expect(quorum.violations).toEqual([]);
});

test("finds two leaders of one term", () => {
  const quorum = bench();
  quorum.watch.roleChanged(n1, quorum.status("leader", 1));
  quorum.watch.roleChanged(n2, quorum.status("leader", 1));
  expect(quorum.violations).toEqual(["1/a and 2/a both lead term 1"]);
});

test("finds one that never said that it leads, and sends as a leader does", () => {
  const quorum = bench();
  quorum.watch.roleChanged(n1, quorum.status("leader", 1));
  quorum.commit(n2, 1, 0);
  expect(quorum.violations).toEqual(["1/a and 2/a both lead term 1"]);
});
