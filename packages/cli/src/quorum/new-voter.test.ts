import { expect, test } from "vitest";
import { broker, controller, directoryOf, quorum } from "../testing/quorum.ts";
import { newVoter } from "./new-voter.ts";

const observers = [
  controller(4),
  controller(5),
  controller(5, { directoryId: directoryOf("5b") }),
  broker(101),
];
const growing = quorum({ observers });

test("an observer is found by its id, with its directory and endpoint", () => {
  const fourth = { nodeId: 4, directoryId: directoryOf(4), endpoint: { host: "c4", port: 9094 } };
  expect(newVoter(growing, 4, undefined)).toEqual(fourth);
  expect(newVoter(growing, 4, directoryOf(4))).toEqual(fourth);
});

test("of several with one id the directory chooses", () => {
  expect(() => newVoter(growing, 5, undefined)).toThrow(
    `several controllers follow as 5, with directories ${directoryOf(5)} at c5:9094 and ${directoryOf("5b")} at c5:9094; ` +
      "choose with --directory-id",
  );
  expect(newVoter(growing, 5, directoryOf("5b")).directoryId).toBe(directoryOf("5b"));
});

const back = controller(2, { directoryId: directoryOf("2b") });

test.each([
  [
    "nobody",
    growing,
    6,
    undefined,
    /^no controller 6 follows the quorum \(those that do: 4, 5, 5\); start it with --controllers c1:9094,c2:9094,c3:9094, /,
  ],
  ["a broker", growing, 101, undefined, /^node 101 is a broker; only a controller can become a voter$/],
  ["a voter", growing, 3, undefined, /^controller 3 is a voter already, with directory directory-3-+$/],
  [
    "a voter that lost its disk",
    quorum({ observers: [back] }),
    2,
    undefined,
    /^controller 2 follows with directory directory-2b-+, but votes with directory-2-+, .*: millrace quorum remove 2$/,
  ],
  [
    "another directory",
    growing,
    4,
    directoryOf("x"),
    /^controller 4 follows with directory directory-4-+, not with directory-x-+; leave --directory-id out/,
  ],
])("%s cannot be added", (_, described, nodeId, directoryId, says) => {
  expect(() => newVoter(described, nodeId, directoryId)).toThrow(says);
});
