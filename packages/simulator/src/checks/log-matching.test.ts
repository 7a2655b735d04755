import { expect, test } from "vitest";
import { CheckerBench, entry, n1, n2 } from "../testing/checker-bench.ts";
import { LogMatching } from "./log-matching.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new LogMatching(context));

test("equal logs, and logs that differ by term, are fine", () => {
  const quorum = bench();
  quorum.write(n1, [entry(1, 1), entry(2, 1)]);
  quorum.write(n2, [entry(1, 1), entry(2, 2, "other")]);
  expect(quorum.violations).toEqual([]);
});

test("finds entries of one index and term that differ", () => {
  const quorum = bench();
  quorum.write(n1, [entry(1, 1, "x")]);
  quorum.write(n2, [entry(1, 1, "y")]);
  expect(quorum.violations).toEqual(["2/a has 1/1 data y, others 1/1 data x"]);
});

test("finds equal entries behind different ones", () => {
  const quorum = bench();
  quorum.write(n1, [entry(1, 1), entry(2, 3)]);
  quorum.write(n2, [entry(1, 2), entry(2, 3)]);
  expect(quorum.violations).toEqual(["entry 2/3 follows one of term 2 on 2/a, and one of term 1 elsewhere"]);
});

test("looks at what a restart finds, too", () => {
  const quorum = bench();
  quorum.write(n1, [entry(1, 1, "x")]);
  quorum.restart(n2, { term: 1, entries: [entry(1, 1, "y")] });
  expect(quorum.violations).toHaveLength(1);
});
