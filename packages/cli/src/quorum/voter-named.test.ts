import { expect, test } from "vitest";
import { controller, directoryOf, quorum } from "../testing/quorum.ts";
import { voterNamed } from "./voter-named.ts";

const described = quorum({ observers: [controller(4)] });

test("a voter is found by its id, and by its directory too", () => {
  expect(voterNamed(described, 2).directoryId).toBe(directoryOf(2));
  expect(voterNamed(described, 2, directoryOf(2)).nodeId).toBe(2);
});

test.each([
  ["nobody", 9, undefined, /^there is no voter 9 in the quorum; the voters are 1, 2, 3$/],
  ["an observer", 4, undefined, /^controller 4 follows without a vote; the voters are 1, 2, 3$/],
  [
    "another directory",
    2,
    directoryOf(3),
    /^controller 2 votes with directory directory-2-+, not with directory-3-+; /,
  ],
])("%s is no voter", (_, nodeId, directoryId, says) => {
  expect(() => voterNamed(described, nodeId, directoryId)).toThrow(says);
});
