import { MetadataImage, metadataDefinition } from "@millrace/controller";
import type { Entry } from "@millrace/raft";
import { expect, test } from "vitest";
import { callMark, ImageWatch } from "./image-watch.ts";

function make() {
  const found: string[] = [];
  return { watch: new ImageWatch((check) => found.push(check)), found };
}

function entry(index: number, id: string): Entry {
  return { index, term: 1, kind: "data", payload: Buffer.from(`a record of ${callMark(id)}, and more`) };
}

function image(offset: number, nextProducerId: number): MetadataImage {
  const state = { ...metadataDefinition.empty, nextProducerId };
  return new MetadataImage("cluster", { state, offset, epoch: 1 });
}

test("finds images that differ at one offset", () => {
  const { watch, found } = make();
  watch.published("1", image(5, 1_000));
  watch.published("2", image(5, 1_000));
  watch.published("1", image(6, 2_000));
  expect(found).toEqual([]);
  watch.published("2", image(6, 3_000));
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
