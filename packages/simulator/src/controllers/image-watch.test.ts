import { metadataDefinition } from "@millrace/controller";
import type { Entry } from "@millrace/raft";
import { expect, test } from "vitest";
import { imageAt, metadataEntry, registered } from "../testing/metadata.ts";
import { callMark, ImageWatch } from "./image-watch.ts";

function make() {
  const found: string[] = [];
  return { watch: new ImageWatch((check) => found.push(check)), found };
}

function entry(index: number, id: string): Entry {
  return { index, term: 1, kind: "data", payload: Buffer.from(`a record of ${callMark(id)}, and more`) };
}

test("finds images that go back, of one process only", () => {
  const { watch, found } = make();
  const none = metadataDefinition.empty;
  watch.applied([metadataEntry(1, []), metadataEntry(2, [])]);
  for (const [process, offset] of [
    ["b1#1", 2],
    ["b1#2", -1],
    ["b1#2", 1],
    ["b1#2", 1],
  ] as const) {
    watch.published(process, imageAt(offset, none));
  }
  expect(found).toEqual([]);
  watch.published("b1#1", imageAt(1, none));
  expect(found).toEqual(["images go on"]);
});

test("finds images that are not what was applied", () => {
  const { watch, found } = make();
  watch.applied([metadataEntry(1, [registered(1, 1)])]);
  watch.published("m1#1", imageAt(1, metadataDefinition.empty));
  expect(found).toEqual(["images equal"]);
});

test("finds a call that is in the log twice, not one that two nodes apply", () => {
  const { watch, found } = make();
  watch.applied([entry(3, "c1.1"), entry(4, "c1.2")]);
  watch.applied([entry(3, "c1.1")]);
  expect(found).toEqual([]);
  watch.applied([entry(5, "c1.2")]);
  expect(found).toEqual(["applied once"]);
});

test("finds an answer to what is not committed, or not where it was said to be", () => {
  const { watch, found } = make();
  watch.applied([entry(3, "c1.1")]);
  watch.acknowledged("c1.1", 3);
  expect(found).toEqual([]);
  watch.acknowledged("c1.1", 2);
  watch.acknowledged("c1.2", 9);
  expect(found).toEqual(["acknowledged is committed", "acknowledged is committed"]);
});

test("finds registrations and commits of which brokers are told too early", () => {
  const { watch, found } = make();
  watch.applied([metadataEntry(1, [registered(1, 1)])]);
  watch.registered("b1#1", 1, 1);
  watch.told("b1#1", 1);
  expect(found).toEqual([]);
  watch.registered("b2#1", 2, 1);
  watch.registered("b1#1", 1, 2);
  watch.told("b1#1", 2);
  expect(found).toEqual(["acknowledged is committed", "acknowledged is committed", "images committed"]);
});
