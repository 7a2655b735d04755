import { expect, test } from "vitest";
import { RecentCommits } from "./recent-commits.ts";

const commit = (lastOffset: number, bytes = 10) => ({
  lastOffset,
  epoch: 1,
  records: [new Uint8Array(bytes)],
});
const offsets = (recent: RecentCommits, after: number, bytes = Number.POSITIVE_INFINITY) =>
  recent.after(after, bytes).map(({ lastOffset }) => lastOffset);

test("hands out what follows an offset, which need not be one of a commit's", () => {
  const recent = new RecentCommits({ itemsMax: 10, bytesMax: 10_000 });
  for (const offset of [2, 5, 6]) recent.push(commit(offset));
  expect(offsets(recent, -1)).toEqual([2, 5, 6]);
  expect(offsets(recent, 3)).toEqual([5, 6]);
  expect(offsets(recent, 6)).toEqual([]);
  expect(offsets(recent, -1, 1)).toEqual([2]);
});

test("keeps the newest, within both limits, and at least one", () => {
  const recent = new RecentCommits({ itemsMax: 3, bytesMax: 1_000 });
  for (let offset = 0; offset < 5_000; offset++) recent.push(commit(offset));
  expect([recent.startOffset, recent.endOffset]).toEqual([4_996, 4_999]);
  expect(offsets(recent, 4_996)).toEqual([4_997, 4_998, 4_999]);
  recent.push(commit(5_000, 5_000));
  expect(offsets(recent, 4_999)).toEqual([5_000]);
  expect(recent.startOffset).toBe(4_999);
});

test("wakes those who wait, and forgets those who gave up", async () => {
  const recent = new RecentCommits({ itemsMax: 3, bytesMax: 1_000 });
  const given = new AbortController();
  const waits = recent.changed(new AbortController().signal);
  const gaveUp = recent.changed(given.signal);
  given.abort(new Error("enough"));
  await expect(gaveUp).rejects.toThrow("enough");
  recent.push(commit(1));
  await waits;
  recent.restart(9);
  expect([recent.startOffset, recent.endOffset]).toEqual([9, 9]);
});
