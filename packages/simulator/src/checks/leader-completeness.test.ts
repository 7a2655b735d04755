import { expect, test } from "vitest";
import { CheckerBench, entry, n1, n2, n3 } from "../testing/checker-bench.ts";
import { LeaderCompleteness } from "./leader-completeness.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new LeaderCompleteness(context));

function committed(): CheckerBench {
  const quorum = bench();
  for (const member of [n1, n2]) quorum.write(member, [entry(1, 1), entry(2, 1)]);
  quorum.commit(n1, 1, 2);
  return quorum;
}

test("a leader that has what was committed is fine, and so is a late one of the term in which it was", () => {
  const quorum = committed();
  quorum.watch.roleChanged(n2, quorum.status("leader", 2));
  quorum.watch.roleChanged(n3, quorum.status("leader", 1));
  expect(quorum.violations).toEqual([]);
});

test("finds a leader that lacks a committed entry", () => {
  const quorum = committed();
  quorum.write(n3, [entry(1, 1)]);
  quorum.watch.roleChanged(n3, quorum.status("leader", 2));
  expect(quorum.violations).toEqual(["3/a leads term 2 without the committed 2/1 data 2"]);
});
