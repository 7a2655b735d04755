import { expect, test } from "vitest";
import { stubQuorum, testVoter } from "../testing/stub-quorum.ts";
import { checkNewVoter } from "./check-new-voter.ts";

const { status } = stubQuorum().quorum;
const follower = status.members.find(({ isVoter }) => !isVoter)!;

test.each([
  ["who follows", testVoter(13), undefined],
  ["who was never heard of", testVoter(14), undefined],
  ["another disk of a voter", { ...testVoter(12), directoryId: "another" }, "DUPLICATE_VOTER"],
  [
    "another disk than the one that follows",
    { ...testVoter(13), directoryId: "another" },
    "INVALID_VOTER_KEY",
  ],
])("%s", (_, key, error) => {
  const check = () => checkNewVoter(status, key);
  if (error === undefined) check();
  else expect(check).toThrow(expect.objectContaining({ id: error }));
});

test("who comes in the place of one that was just removed, and is still a member", () => {
  const now = { ...follower, directoryId: "now" };
  const members = [...status.members, now];
  checkNewVoter({ ...status, members }, now);
  checkNewVoter({ ...status, members }, follower);
});

test.each([undefined, 2_001])(
  "who comes in the place of one that was last heard of %s ms ago",
  (sinceContactMs) => {
    const members = status.members.map((member) =>
      member === follower ? { ...member, sinceContactMs } : member,
    );
    checkNewVoter({ ...status, members }, { ...follower, directoryId: "now" });
  },
);
