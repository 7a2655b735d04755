import { expect, test } from "vitest";
import { CheckerBench, entry, n1 } from "../testing/checker-bench.ts";
import { AnswersHold } from "./answers-hold.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new AnswersHold(context));

test("acknowledged entries that are committed once are fine", () => {
  const quorum = bench();
  quorum.watch.applied(quorum.at(n1), [entry(1, 1, "x")]);
  quorum.watch.acknowledged({ index: 1, content: "x" });
  quorum.watch.refusedCall("y");
  expect(quorum.violations).toEqual([]);
});

test("finds an acknowledged entry that is not committed there", () => {
  const quorum = bench();
  quorum.watch.applied(quorum.at(n1), [entry(1, 1, "x")]);
  quorum.watch.acknowledged({ index: 1, content: "y" });
  quorum.watch.acknowledged({ index: 2, content: "z" });
  expect(quorum.violations).toEqual([
    "y was acknowledged at 1, where 1/1 data x is committed",
    "z was acknowledged at 2, where nothing is committed",
  ]);
});

test("finds an entry that was applied twice, or refused and applied", () => {
  const quorum = bench();
  quorum.watch.refusedCall("y");
  quorum.watch.applied(quorum.at(n1), [entry(1, 1, "x"), entry(2, 1, "x"), entry(3, 1, "y")]);
  expect(quorum.violations).toEqual(["x was applied at 1 and at 2", "y was refused, and applied at 3"]);
});
