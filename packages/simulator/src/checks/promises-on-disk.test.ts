import { expect, test } from "vitest";
import { CheckerBench, entry, n1, n2 } from "../testing/checker-bench.ts";
import { PromisesOnDisk } from "./promises-on-disk.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new PromisesOnDisk(context));

const last = { index: 0, term: 0 };
const campaign = { type: "voteRequest", from: n1, to: n2, term: 1, last, transfer: false } as const;
const vote = { type: "voteResponse", from: n2, to: n1, term: 1, granted: true } as const;
const acknowledge = {
  type: "appendResponse",
  from: n2,
  to: n1,
  term: 1,
  round: 1,
  accepted: true,
  lastIndex: 1,
  hint: undefined,
} as const;

test("telling what is on the disk is fine", () => {
  const quorum = bench();
  quorum.vote(n1, 1, 1);
  quorum.send(campaign);
  quorum.vote(n2, 1, 1);
  quorum.send(vote);
  quorum.commit(n1, 1, 0);
  quorum.write(n2, [entry(1, 1)]);
  quorum.send(acknowledge);
  quorum.send({ ...vote, term: 7, granted: false });
  expect(quorum.violations).toEqual([]);
});

test("finds votes, campaigns, leaders and acknowledgements that a crash could undo", () => {
  const quorum = bench();
  quorum.send(campaign);
  quorum.send(vote);
  quorum.commit(n1, 1, 0);
  quorum.watch.writing(quorum.at(n2), { entries: [entry(1, 1)] });
  quorum.send(acknowledge);
  expect(quorum.violations).toEqual([
    "1/a campaigns in term 1, which is not on its disk",
    "2/a votes for 1/a in term 1, which is not on its disk",
    "1/a leads term 1, which is not on its disk",
    "2/a acknowledges 1, which is not on its disk",
  ]);
});
