import { expect, test } from "vitest";
import { Slices } from "./slices.ts";

test("ends a slice after so many bytes, be they of one record or of many", () => {
  const slices = new Slices();
  const ends = Array.from({ length: 12 }, () => slices.isOver(1_024));
  expect(ends).toEqual([3, 7, 11].reduce((all, end) => all.with(end, true), Array<boolean>(12).fill(false)));
  expect([slices.isOver(1_000_000), slices.isOver(1), slices.isOver(4_096)]).toEqual([true, false, true]);
});
