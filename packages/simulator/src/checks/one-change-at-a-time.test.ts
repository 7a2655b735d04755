import { expect, test } from "vitest";
import { CheckerBench, entry, n1, n2, n3, votersEntry } from "../testing/checker-bench.ts";
import { OneChangeAtATime } from "./one-change-at-a-time.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new OneChangeAtATime(context));

const n4 = { ...n3, id: 4 };
const lead = (commitIndex: number) => ({ role: "leader", term: 1, commitIndex }) as const;

test("one voter after the other is fine", () => {
  const quorum = bench();
  quorum.write(n1, [entry(1, 1, "", "noop"), votersEntry(2, 1, [n1, n2, n3])], lead(0));
  quorum.write(n1, [votersEntry(3, 1, [n1, n2, n3, n4])], lead(2));
  quorum.write(n1, [votersEntry(4, 1, [n2, n3, n4])], lead(3));
  expect(quorum.violations).toEqual([]);
});

test("finds a change of two voters at once", () => {
  const quorum = bench();
  quorum.write(n1, [votersEntry(1, 1, [n1, n2, n4])], lead(0));
  expect(quorum.violations).toEqual([
    "1/a wrote a change of more than one voter, {1/a, 2/a, 3/a} to {1/a, 2/a, 4/a}, at 1",
  ]);
});

test("finds a change that begins before the last one is committed", () => {
  const quorum = bench();
  quorum.write(n1, [votersEntry(1, 1, [n1, n2, n3])], lead(0));
  quorum.write(n1, [votersEntry(2, 1, [n1, n2])], lead(0));
  expect(quorum.violations).toEqual(["1/a changes voters at 2, the change at 1 is open"]);
});

test("what a new leader cuts off was no change", () => {
  const quorum = bench();
  quorum.write(n1, [votersEntry(1, 1, [n1, n2])], lead(0));
  quorum.write(n1, [votersEntry(1, 2, [n2, n3])], { truncateFrom: 1 });
  expect(quorum.violations).toEqual([]);
});
