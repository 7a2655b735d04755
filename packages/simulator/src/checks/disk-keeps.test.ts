import { expect, test } from "vitest";
import { CheckerBench, entry, n1 } from "../testing/checker-bench.ts";
import { DiskKeeps } from "./disk-keeps.ts";

const bench = (): CheckerBench => new CheckerBench((context) => new DiskKeeps(context));

test("what was promised, and a beginning of what was being written, is fine", () => {
  const quorum = bench();
  quorum.vote(n1, 3, 2);
  quorum.write(n1, [entry(1, 1), entry(2, 1)]);
  quorum.watch.writing(quorum.at(n1), { truncateFrom: 2, entries: [entry(2, 2), entry(3, 2)] });
  quorum.restart(n1, { term: 3, votedFor: 2, entries: [entry(1, 1), entry(2, 2)] });
  expect(quorum.violations).toEqual([]);
});

test("finds a forgotten vote", () => {
  const quorum = bench();
  quorum.vote(n1, 3, 2);
  quorum.restart(n1, { term: 3, entries: [] });
  expect(quorum.violations).toEqual([
    "1/a was restarted and found term 3 and a vote for undefined, not 3 and 2",
  ]);
});

test("finds lost, changed and invented entries", () => {
  for (const [found, broken] of [
    [[entry(1, 1)], "lost 2/1 data 2"],
    [[entry(1, 1, "x"), entry(2, 1)], "lost 1/1 data 1"],
    [[entry(1, 1), entry(2, 1), entry(3, 1)], "found 3/1 data 3, which was never written"],
  ] as const) {
    const quorum = bench();
    quorum.write(n1, [entry(1, 1), entry(2, 1)]);
    quorum.restart(n1, { term: 0, entries: found });
    expect(quorum.violations).toEqual([`1/a was restarted and ${broken}`]);
  }
});

test("a snapshot that was being installed may have taken the log away", () => {
  const quorum = bench();
  quorum.write(n1, [entry(1, 1)]);
  quorum.watch.installing(n1);
  quorum.watch.opened(n1, {
    hardState: { term: 0, votedFor: undefined },
    snapshot: { index: 9, term: 2, voters: undefined },
    firstIndex: 10,
    slots: [],
  });
  expect(quorum.violations).toEqual([]);
});
