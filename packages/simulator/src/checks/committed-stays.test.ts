import { expect, test } from "vitest";
import { CheckerBench, entry, n1, n2, n3 } from "../testing/checker-bench.ts";
import { CommittedStays } from "./committed-stays.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new CommittedStays(context));

function committed(): CheckerBench {
  const quorum = bench();
  for (const member of [n1, n2]) quorum.write(member, [entry(1, 1), entry(2, 1)]);
  quorum.write(n3, [entry(1, 1), entry(2, 2)]);
  quorum.commit(n1, 1, 2);
  return quorum;
}

test("dropping what is not committed is fine", () => {
  const quorum = committed();
  quorum.write(n3, [entry(2, 1)], { truncateFrom: 2 });
  quorum.write(n1, [], { truncateFrom: 3 });
  expect(quorum.violations).toEqual([]);
});

test("finds a committed entry that is cut off", () => {
  const quorum = committed();
  quorum.write(n2, [entry(2, 3)], { truncateFrom: 2 });
  expect(quorum.violations).toEqual(["2/a drops the committed 2/1 data 2"]);
});

test("finds a snapshot that takes committed entries behind it away", () => {
  const quorum = committed();
  quorum.watch.installed(n2, { index: 1, term: 1, voters: undefined }, false);
  expect(quorum.violations).toEqual(["2/a drops the committed 2/1 data 2"]);
});
