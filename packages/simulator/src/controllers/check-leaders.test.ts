import type { MetadataState } from "@millrace/controller";
import { expect, test } from "vitest";
import { fencing, newLeader, registered, stateAfter, topic } from "../testing/metadata.ts";
import { checkLeaders } from "./check-leaders.ts";

const two = [registered(1, 1), registered(2, 2)];
const wrong = (before: MetadataState, after: MetadataState) => [...checkLeaders(before, after)];

test("finds nothing when leaderships move with the fencing of a broker", () => {
  const before = stateAfter([...two, ...topic([1, 2, -1])]);
  const after = stateAfter([fencing(1, 1), newLeader(0, 2)], { before });
  expect(wrong(stateAfter([]), before)).toEqual([]);
  expect(wrong(before, after)).toEqual([]);
});

test("finds leaders that are fenced or not registered", () => {
  const before = stateAfter([...two, ...topic([1, 2])]);
  expect(wrong(before, stateAfter([fencing(1, 1)], { before }))).toEqual([
    "broker 1 leads t-0 and is fenced",
  ]);
  expect(wrong(stateAfter([]), stateAfter([registered(1, 1), ...topic([2])]))).toEqual([
    "broker 2 leads t-0 and is not registered",
  ]);
});

test("finds epochs that fall, and leaders without one of their own", () => {
  const older = stateAfter([...two, ...topic([1], 4)]);
  const newer = stateAfter([...two, ...topic([1], 5)]);
  expect(wrong(older, newer)).toEqual([]);
  expect(wrong(newer, older)).toEqual(["the leader epoch of t-0 fell", "the partition epoch of t-0 fell"]);
  expect(wrong(older, stateAfter([...two, ...topic([2], 4)]))).toEqual([
    "broker 2 leads t-0 in the epoch of 1",
  ]);
  expect(wrong(stateAfter([registered(1, 7)]), stateAfter([registered(1, 6)]))).toEqual([
    "the epoch of broker 1 fell",
  ]);
});

test("finds partitions that are gone", () => {
  const before = stateAfter([...two, ...topic([1, 2])]);
  expect(wrong(before, stateAfter([...two, ...topic([1])]))).toEqual(["t lost partitions"]);
});
