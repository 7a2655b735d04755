import { expect, test } from "vitest";
import { CheckerBench, n1, n2, n3 } from "../testing/checker-bench.ts";
import { AsksBeforeCampaign } from "./asks-before-campaign.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new AsksBeforeCampaign(context));

const last = { index: 0, term: 0 };
const campaign = { type: "voteRequest", from: n1, to: n2, term: 2, last, transfer: false } as const;
const yes = { type: "preVoteResponse", from: n2, to: n1, term: 2, granted: true } as const;

test("a campaign that a majority would vote for is fine, and one that the leader asked for", () => {
  const quorum = bench();
  quorum.receive(yes);
  quorum.send(campaign);
  quorum.send({ ...campaign, from: n3, to: n1, transfer: true });
  expect(quorum.violations).toEqual([]);
});

test("finds a campaign that nobody was asked about, or in another term, or that was refused", () => {
  const quorum = bench();
  quorum.receive({ ...yes, term: 1 });
  quorum.receive({ ...yes, granted: false });
  quorum.receive({ ...yes, from: { ...n2, directoryId: "wiped" } });
  quorum.send(campaign);
  expect(quorum.violations).toEqual(["1/a campaigns in term 2; it would get votes of 2/wiped"]);
});
