import { expect, test } from "vitest";
import { CheckerBench, entry, n1, n2 } from "../testing/checker-bench.ts";
import { StateMachineSafety } from "./state-machine-safety.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new StateMachineSafety(context));

test("the same entries everywhere are fine", () => {
  const quorum = bench();
  quorum.watch.applied(quorum.at(n1), [entry(1, 1), entry(2, 1)]);
  quorum.watch.applied(quorum.at(n2), [entry(1, 1)]);
  expect(quorum.violations).toEqual([]);
});

test("finds another entry applied at an index", () => {
  const quorum = bench();
  quorum.watch.applied(quorum.at(n1), [entry(1, 1, "x")]);
  quorum.watch.applied(quorum.at(n2), [entry(1, 1, "y")]);
  expect(quorum.violations).toEqual(["2/a applied 1/1 data y where 1/1 data x is committed"]);
});

test("finds a snapshot of something else, and one from the future", () => {
  const quorum = bench();
  quorum.watch.applied(quorum.at(n1), [entry(1, 1)]);
  quorum.watch.restored(n2, { index: 1, term: 1, voters: undefined }, 12345);
  quorum.watch.restored(n2, { index: 9, term: 1, voters: undefined }, 12345);
  expect(quorum.violations).toEqual([
    "2/a restored a snapshot at 1 that is of another log",
    "2/a restored a snapshot at 9, which is not committed",
  ]);
});
