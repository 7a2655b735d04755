import { expect, test } from "vitest";
import { CheckerBench, n1, n2, n3 } from "../testing/checker-bench.ts";
import { OneVoteATerm } from "./one-vote-a-term.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new OneVoteATerm(context));

const votes = (to: typeof n1, term: number, granted = true) =>
  ({ type: "voteResponse", from: n2, to, term, granted }) as const;

test("one vote a term, however often it is told, is fine", () => {
  const quorum = bench();
  quorum.send(votes(n1, 1));
  quorum.send(votes(n1, 1));
  quorum.send(votes(n3, 1, false));
  quorum.send(votes(n3, 2));
  expect(quorum.violations).toEqual([]);
});

test("finds a second vote, a restart in between", () => {
  const quorum = bench();
  quorum.send(votes(n1, 1));
  quorum.restart(n2, { term: 0, entries: [] });
  quorum.send(votes(n3, 1));
  expect(quorum.violations).toEqual(["2/a voted for 1/a and for 3/a in term 1"]);
});

test("finds a candidate that votes for another one", () => {
  const quorum = bench();
  const last = { index: 0, term: 0 };
  quorum.send({ type: "voteRequest", from: n2, to: n1, term: 3, last, transfer: false });
  quorum.send(votes(n1, 3));
  expect(quorum.violations).toEqual(["2/a voted for 2/a and for 1/a in term 3"]);
});
