import { expect, test } from "vitest";
import { CheckerBench, entry, n1, n2 } from "../testing/checker-bench.ts";
import { CommittedByMajority } from "./committed-by-majority.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new CommittedByMajority(context));

test("what is on two of three disks may be committed", () => {
  const quorum = bench();
  for (const member of [n1, n2]) quorum.write(member, [entry(1, 1)]);
  quorum.commit(n1, 1, 1);
  expect(quorum.violations).toEqual([]);
});

test("finds a commit of what one disk has", () => {
  const quorum = bench();
  quorum.write(n1, [entry(1, 1)]);
  quorum.commit(n1, 1, 1);
  expect(quorum.violations).toEqual(["1/a committed 1 in term 1, which is not on a majority of disks"]);
});

test("finds it when only the leader's own apply shows it, and when a write has not ended", () => {
  const quorum = bench();
  quorum.write(n1, [entry(1, 1)]);
  quorum.watch.writing(quorum.at(n2), { entries: [entry(1, 1)] });
  quorum.watch.applied(quorum.at(n1, { role: "leader", commitIndex: 1 }), [entry(1, 1)]);
  expect(quorum.violations).toEqual(["1/a committed 1 in term 1, which is not on a majority of disks"]);
});

test("finds an entry of an earlier term that was committed by counting", () => {
  const quorum = bench();
  for (const member of [n1, n2]) quorum.write(member, [entry(1, 1)]);
  quorum.commit(n1, 2, 1);
  expect(quorum.violations).toEqual([
    "1/a committed 1 in term 2, which is of term 1: copies of it do not count",
  ]);
});

test("what a leader knew when it was elected is not its own doing", () => {
  const quorum = bench();
  for (const member of [n1, n2]) quorum.write(member, [entry(1, 1)]);
  quorum.watch.roleChanged(n1, quorum.status("leader", 2, 1));
  quorum.commit(n1, 2, 1);
  expect(quorum.violations).toEqual([]);
});
