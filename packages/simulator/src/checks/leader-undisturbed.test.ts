import { expect, test } from "vitest";
import { CheckerBench, n1, n2, n3 } from "../testing/checker-bench.ts";
import { LeaderUndisturbed } from "./leader-undisturbed.ts";

const last = { index: 0, term: 0 };
const request = { type: "preVoteRequest", from: n3, to: n2, term: 2, last, transfer: false } as const;
const yes = { type: "preVoteResponse", from: n2, to: n3, term: 2, granted: true } as const;

/** n2 heard from n1, its leader, `agoMs` ago. */
function hearing(agoMs: number): CheckerBench {
  let ownMs = 0;
  const options = { ownMs: () => ownMs, freshMs: 100 };
  const quorum = new CheckerBench((context) => new LeaderUndisturbed(context, options));
  const previous = { index: 0, term: 0 };
  quorum.receive({
    type: "appendRequest",
    from: n1,
    to: n2,
    term: 1,
    previous,
    entries: [],
    commitIndex: 0,
    round: 1,
  });
  ownMs = agoMs;
  return quorum;
}

test("who has not heard from a leader for long may help, who has may refuse", () => {
  const quorum = hearing(100);
  quorum.receive(request);
  quorum.send(yes);
  const other = hearing(50);
  other.receive(request);
  other.send({ ...yes, granted: false });
  expect([...quorum.violations, ...other.violations]).toEqual([]);
});

test("a leader that asks for it, or whose port refuses, may be replaced at once", () => {
  const asked = hearing(50);
  asked.receive({ ...request, transfer: true });
  asked.send(yes);
  const refused = hearing(50);
  refused.watch.refused(n2, n1);
  refused.receive(request);
  refused.send(yes);
  expect([...asked.violations, ...refused.violations]).toEqual([]);
});

test("finds help against a leader that is well, and only a refusal of that leader's port excuses it", () => {
  const quorum = hearing(50);
  quorum.watch.refused(n2, n3);
  quorum.receive(request);
  quorum.send(yes);
  expect(quorum.violations).toEqual(["2/a helps 3/a into term 2 though its leader is well"]);
});
