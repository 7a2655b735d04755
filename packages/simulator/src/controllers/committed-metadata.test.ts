import { metadataDefinition } from "@millrace/controller";
import { expect, test } from "vitest";
import { fencing, imageAt, metadataEntry, registered, stateAfter, topic } from "../testing/metadata.ts";
import { CommittedMetadata } from "./committed-metadata.ts";

function setup() {
  const found: string[] = [];
  return { found, committed: new CommittedMetadata((check, message) => found.push(`${check}: ${message}`)) };
}

const noop = { index: 2, term: 1, kind: "noop", payload: new Uint8Array() } as const;

test("takes every image that is as the log says, whoever applied it first", () => {
  const { committed, found } = setup();
  committed.applied([metadataEntry(1, [registered(1, 1)]), noop]);
  committed.applied([metadataEntry(1, [registered(1, 1)]), noop, metadataEntry(3, [registered(2, 3)])]);
  expect(committed.lastOffset).toBe(3);
  const one = stateAfter([registered(1, 1)]);
  committed.check("a", imageAt(-1, metadataDefinition.empty));
  committed.check("a", imageAt(1, one));
  committed.check("b", imageAt(2, one));
  committed.check("b", imageAt(3, stateAfter([registered(1, 1), registered(2, 3)])));
  expect(found).toEqual([]);
});

test("finds an image that is not, or of what is not committed", () => {
  const { committed, found } = setup();
  committed.applied([metadataEntry(1, [registered(1, 1)])]);
  committed.check("a", imageAt(1, metadataDefinition.empty));
  committed.check("a", imageAt(2, stateAfter([registered(1, 1)])));
  expect(found).toEqual([
    "images equal: a has another image of offset 1 than the log",
    "images committed: a has an image of 2, but only 1 is committed",
  ]);
});

test("finds entries that cannot be replayed, and wrong leaders", () => {
  const { committed, found } = setup();
  committed.applied([
    metadataEntry(1, [registered(1, 1), ...topic([1])]),
    metadataEntry(2, [fencing(1, 1)]),
    metadataEntry(3, [fencing(5, 5)]),
  ]);
  expect(found).toEqual([
    "leaders in service: after the entry at 2 broker 1 leads t-0 and is fenced",
    expect.stringMatching(/^log replays: the entry at 3: .*not registered/),
  ]);
});
