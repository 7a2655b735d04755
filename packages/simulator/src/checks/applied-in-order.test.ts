import { expect, test } from "vitest";
import { CheckerBench, entry, n1 } from "../testing/checker-bench.ts";
import { AppliedInOrder } from "./applied-in-order.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new AppliedInOrder(context));

const snapshot = (index: number) => ({ index, term: 1, voters: undefined });

test("one after the other, from a snapshot on, and anew after a restart is fine", () => {
  const quorum = bench();
  quorum.watch.applied(quorum.at(n1), [entry(1, 1), entry(2, 1)]);
  quorum.watch.restored(n1, snapshot(5), 0);
  quorum.watch.applied(quorum.at(n1), [entry(6, 1)]);
  quorum.restart(n1, { term: 1, entries: [] });
  quorum.watch.applied(quorum.at(n1), [entry(1, 1)]);
  expect(quorum.violations).toEqual([]);
});

test("finds a gap, a repetition and a step back", () => {
  const quorum = bench();
  quorum.watch.applied(quorum.at(n1), [entry(1, 1), entry(3, 1)]);
  quorum.watch.applied(quorum.at(n1), [entry(3, 1)]);
  quorum.watch.restored(n1, snapshot(2), 0);
  expect(quorum.violations).toEqual([
    "1/a applied 3 after 1",
    "1/a applied 3 after 3",
    "1/a went back from 3 to a snapshot at 2",
  ]);
});
